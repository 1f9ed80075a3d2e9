namespace Kairos.Benchmarks;

/// <summary>Runs the same work on two standing threads at once. Used by one thread.</summary>
internal sealed class TwoThreads : IDisposable
{
    private const int Count = 2;
    private readonly Barrier _barrier = new(Count + 1);
    private readonly Thread[] _threads;
    private volatile bool _ended;

    public TwoThreads(Action work)
    {
        _threads = [.. Enumerable.Range(0, Count).Select(_ => new Thread(() => Loop(work)) { IsBackground = true })];
        foreach (var thread in _threads)
        {
            thread.Start();
        }
    }

    public void Run()
    {
        _barrier.SignalAndWait();
        _barrier.SignalAndWait();
    }

    public void Dispose()
    {
        _ended = true;
        _barrier.SignalAndWait();
        foreach (var thread in _threads)
        {
            thread.Join();
        }

        _barrier.Dispose();
    }

    private void Loop(Action work)
    {
        while (true)
        {
            _barrier.SignalAndWait();
            if (_ended)
            {
                return;
            }

            work();
            _barrier.SignalAndWait();
        }
    }
}

using System.Net;
using System.Net.Sockets;

namespace Kairos.Tests.EndToEnd;

/// <summary>
/// Traffic of a bounded rate to one gateway over several connections, and an independent count of what was begun and what was answered
/// to the last byte. Thread-safe; begins held.
/// </summary>
internal sealed class GatewayLoad : IAsyncDisposable
{
    /// <summary>Requests under way at a time, at most.</summary>
    public const int Workers = 6;

    private const int RequestsPerSecond = 150;
    private static readonly TimeSpan WorkerPeriod = TimeSpan.FromSeconds((double)Workers / RequestsPerSecond);
    private static readonly TimeSpan RequestTimeout = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<long> _completedAt = [];
    private List<FailedRequest> _failures = [];
    private int _failuresAllowed;
    private readonly HttpClient _http;
    private readonly int _port;
    private readonly LoadPath[] _paths;
    private readonly Task _working;
    private Tally _completed = Tally.None;
    private long _begun;
    private int _inFlight;
    private bool _held = true;

    /// <param name="port">The gateway's, or a balancer's.</param>
    /// <param name="paths">What is asked for, in turn; <see cref="LoadPath.Mixed"/> unless given.</param>
    /// <param name="address">Its host.</param>
    public GatewayLoad(int port, LoadPath[]? paths = null, string address = GatewayProcess.Loopback)
    {
        _port = port;
        _paths = paths ?? LoadPath.Mixed;
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false })
        {
            BaseAddress = new Uri($"http://{address}:{port}/"),
            Timeout = RequestTimeout,
        };
        _working = Task.WhenAll(Enumerable.Range(0, Workers).Select(WorkAsync));
    }

    /// <summary>Requests begun, whatever became of them.</summary>
    public long Begun => Interlocked.Read(ref _begun);

    /// <summary>Responses read to their end.</summary>
    public Tally Completed => Read(() => _completed);

    public int InFlight => Read(() => _inFlight);

    /// <summary>The requests that failed since the last call, beyond those that were under way when the gateway was killed.</summary>
    public IReadOnlyList<FailedRequest> TakeFailures() => Read<IReadOnlyList<FailedRequest>>(() =>
    {
        var taken = _failures.Skip(_failuresAllowed).ToArray();
        (_failures, _failuresAllowed) = ([], 0);
        return taken;
    });

    public void Resume() => Read(() => _held = false);

    /// <summary>Begins nothing more; what is under way goes on.</summary>
    public void Hold() => Read(() => _held = true);

    /// <summary>Holds, and allows for the loss of what is under way.</summary>
    public void HoldForKill() => Read(() =>
    {
        _held = true;
        return _failuresAllowed += _inFlight;
    });

    public async Task HoldUntilIdleAsync()
    {
        Hold();
        await Wait.UntilAsync(() => InFlight == 0, () => $"the end of {InFlight} requests to port {_port}", RequestTimeout);
    }

    /// <summary>How many responses were complete in the time before a timestamp.</summary>
    public int CompletedWithin(TimeSpan span, long before) => Read(() =>
        _completedAt.Count(at => at <= before && TimeProvider.System.GetElapsedTime(at, before) <= span));

    /// <summary>Sends one request to its end, held or not.</summary>
    public Task SendAsync(LoadPath path)
    {
        lock (_lock)
            Begin();
        return FinishAsync(path);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _working;
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task WorkAsync(int worker)
    {
        using var timer = new PeriodicTimer(WorkerPeriod, TimeProvider.System);
        try
        {
            for (var i = worker; await timer.WaitForNextTickAsync(_stop.Token); i++)
            {
                if (TryBegin())
                    await FinishAsync(_paths[i % _paths.Length]);
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the load.
        }
    }

    private bool TryBegin()
    {
        lock (_lock)
        {
            if (_held)
                return false;
            Begin();
            return true;
        }
    }

    private void Begin()
    {
        Interlocked.Increment(ref _begun);
        _inFlight++;
    }

    private async Task FinishAsync(LoadPath path)
    {
        try
        {
            using var response = await _http.GetAsync(path.Path, _stop.Token);
            End(path, response.StatusCode);
        }
        catch (Exception fault) when (fault is HttpRequestException or SocketException or IOException or OperationCanceledException)
        {
            lock (_lock)
            {
                _inFlight--;
                _failures.Add(new FailedRequest(_port, path.Path, $"{fault.GetType().Name}: {fault.Message} {fault.InnerException?.Message}"));
            }
        }
    }

    private void End(LoadPath path, HttpStatusCode status)
    {
        lock (_lock)
        {
            _inFlight--;
            _completed += Tally.Of([(int)status]);
            _completedAt.Add(TimeProvider.System.GetTimestamp());
            if ((int)status != path.Status)
                _failures.Add(new FailedRequest(_port, path.Path, $"status {(int)status} instead of {path.Status}"));
        }
    }

    private T Read<T>(Func<T> read)
    {
        lock (_lock)
            return read();
    }
}

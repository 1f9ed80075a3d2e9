namespace Kairos.Grains;

/// <summary>Seals the history of some scopes each tick, so that no tick has to seal them all. Runs on the grain scheduler.</summary>
internal sealed class SealRound(ScopeTable scopes, BlockStore blocks)
{
    /// <summary>All scopes get their turn within so many ticks.</summary>
    private const int Ticks = 30;

    private readonly Queue<ScopeSeries> _left = new();
    private int _atOnce;

    public void SealSome(long newestTick)
    {
        if (_left.Count == 0)
        {
            foreach (var scope in scopes.Active(newestTick))
            {
                _left.Enqueue(scope);
            }

            _atOnce = (_left.Count / Ticks) + 1;
        }

        for (var left = _atOnce; left > 0 && _left.TryDequeue(out var scope); left--)
        {
            long sealedTo;
            do
            {
                sealedTo = scope.History.SealedTo;
                scope.History.SealNext(newestTick).ForEach(block => blocks.Put(scope.Scope, block));
            }
            while (scope.History.SealedTo > sealedTo);

            scope.History.Compact(newestTick);
        }
    }
}

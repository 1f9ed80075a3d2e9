namespace Kairos.Grains;

/// <summary>
/// The snapshots of a scope after a tick, worked out once for all that ask between two ticks: when the stream stands still, every node does.
/// Runs on the grain scheduler.
/// </summary>
internal sealed class SnapshotAnswers
{
    /// <summary>Nodes that follow the same scope have missed the same ticks; each further answer is up to 61 sketches.</summary>
    private const int Max = 32;

    private readonly Dictionary<(Scope Scope, long AfterTick), IReadOnlyList<Snapshot>> _answers = [];
    private long _tick;

    public IReadOnlyList<Snapshot> Get(Rollup rollup, Scope scope, long afterTick)
    {
        if (_tick != rollup.Tick || _answers.Count >= Max)
        {
            _answers.Clear();
            _tick = rollup.Tick;
        }

        if (!_answers.TryGetValue((scope, afterTick), out var answer))
        {
            var series = rollup.Scopes.Of(scope, rollup.Tick);
            answer = _answers[(scope, afterTick)] = series.Snapshots(rollup.Generation, afterTick, rollup.Tick, Rollup.RecentMax);
        }

        return answer;
    }
}

using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Redis dies, stops or hangs; the stream goes on meanwhile.</summary>
internal static class RedisFaults
{
    private const int DownMsMax = 3_000;

    // Of twenty; fewer are no sign of a slow machine.
    private const int SnapshotsMeanwhileMin = 10;
    private static readonly TimeSpan PauseTime = TimeSpan.FromSeconds(20);

    // The stream stands still for as long; the rest of the bound is for what follows.
    private static readonly TimeSpan PauseTimeOfSiloKill = TimeSpan.FromSeconds(10);

    public static readonly Fault Kill = new("kill -9 of Redis and restart", Fault.ShortSilence, async (rig, random) =>
    {
        await rig.Redis.KillAsync();
        var down = TimeSpan.FromMilliseconds(random.Next(DownMsMax));
        await Task.Delay(down, TimeProvider.System, TestContext.Current.CancellationToken);
        await rig.Redis.StartAgainAsync();
        return Damage.None;
    });

    public static readonly Fault Stop = new("graceful stop of Redis and restart", Fault.ShortSilence, async (rig, _) =>
    {
        await rig.Redis.StopAsync();
        await rig.Redis.StartAgainAsync();
        return Damage.None;
    });

    public static readonly Fault Pause = new("Redis paused for 20 s", Fault.ShortSilence, async (rig, _) =>
    {
        await rig.Redis.PauseAsync();
        var paused = TimeProvider.System.GetTimestamp();
        await Task.Delay(PauseTime, TimeProvider.System, TestContext.Current.CancellationToken);
        foreach (var node in rig.Running)
        {
            if (node.Watcher.AdvancesSince(paused).Count < SnapshotsMeanwhileMin)
                rig.AddProblem($"the stream of {node.Id} stood still while Redis did: it is at {node.Watcher.Last}");
        }

        await rig.Redis.ResumeAsync();
        return Damage.None;
    });

    /// <summary>What the silo held is read elsewhere once Redis answers again, and nothing of it is lost.</summary>
    public static readonly Fault PauseAndSiloKill = new("Redis paused and kill -9 of the silo with TimeSeries meanwhile", Fault.HangSilence, async (rig, _) =>
    {
        var silo = await GrainPlaces.HolderOfAsync(rig, GrainRole.TimeSeries);
        await rig.Redis.PauseAsync();
        await rig.KillAsync(silo);
        await Task.Delay(PauseTimeOfSiloKill, TimeProvider.System, TestContext.Current.CancellationToken);
        await rig.Redis.ResumeAsync();
        await rig.WaitForAdvanceAsync();
        await rig.StartSiloAsync();
        return Damage.None;
    });
}

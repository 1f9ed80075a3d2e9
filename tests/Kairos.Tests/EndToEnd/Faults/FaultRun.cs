using System.Globalization;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>
/// Does faults to a cluster under load at random moments, and compares what its clients saw with what is promised. Silences and violations
/// are collected, so that one run shows all of them; a total that never gets right ends the run.
/// </summary>
/// <param name="rig">The cluster.</param>
/// <param name="seed">Decides order and moments.</param>
internal sealed class FaultRun(ClusterRig rig, int seed)
{
    private const int TrafficBeforeMs = 500;
    private const int TrafficBeforeMsMax = 3_000;

    private readonly Random _random = new(seed);
    private readonly Settlement _settlement = new(rig);

    /// <summary>One round: these faults, one after another, in an order drawn from the seed.</summary>
    public async Task RunAsync(IReadOnlyList<Fault> faults)
    {
        var order = faults.ToArray();
        _random.Shuffle(order);
        await _settlement.SettleAsync();
        var startTick = _settlement.Tick;
        foreach (var fault in order)
        {
            try
            {
                await DoAsync(fault);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                Assert.Fail($"seed {seed}, {fault.Name}: {e.Message}\n{e.StackTrace}\nBefore it: {string.Join('\n', rig.Problems)}\nLogs: {rig.KeepLogs("fault")}");
            }
        }

        try
        {
            await _settlement.AssertHistoryAsync(rig, startTick);
        }
        catch (Xunit.Sdk.XunitException e)
        {
            rig.AddProblem(e.Message);
        }

        Assert.True(rig.Problems.Count == 0, $"seed {seed}\n{string.Join('\n', rig.Problems)}\nLogs: {(rig.Problems.Count > 0 ? rig.KeepLogs("faults") : "")}");
    }

    private async Task DoAsync(Fault fault)
    {
        rig.ResumeTraffic();
        // Not for luck: the moment in which a fault strikes is to be any.
        var running = TimeSpan.FromMilliseconds(_random.Next(TrafficBeforeMs, TrafficBeforeMsMax));
        await Task.Delay(running, TimeProvider.System, TestContext.Current.CancellationToken);

        var start = TimeProvider.System.GetTimestamp();
        var damage = await fault.StrikeAsync(rig, _random);
        var struck = TimeProvider.System.GetElapsedTime(start);
        await rig.WaitForAdvanceAsync();
        var lost = await _settlement.SettleAsync(damage.LossMax);

        var silence = rig.Nodes.Except(damage.Struck).Max(node => node.Watcher.LongestSilenceSince(start));
        TestLog.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"{fault.Name}: {struck.TotalSeconds:0.0} s, settled after {TimeProvider.System.GetElapsedTime(start).TotalSeconds:0.0} s, longest silence {silence.TotalSeconds:0.0} s of {fault.SilenceMax.TotalSeconds:0}, lost {lost} of {damage.LossMax} allowed, total {rig.Completed.Total}"));
        if (silence > fault.SilenceMax && rig.BoundsTimes)
            rig.AddProblem(string.Create(CultureInfo.InvariantCulture, $"{fault.Name}: silent for {silence.TotalSeconds:0.00} s, allowed {fault.SilenceMax.TotalSeconds:0}"));
        await AddProblemsAsync(fault);
    }

    private async Task AddProblemsAsync(Fault fault)
    {
        rig.AddProblemsOfClients(fault.Name);
        foreach (var node in rig.Nodes.Where(node => !node.Runs))
            rig.AddProblem($"{fault.Name}: {node.Id} has ended");
        foreach (var silo in rig.Silos.Where(silo => silo.HasExited).ToArray())
        {
            rig.AddProblem($"{fault.Name}: the silo on {silo.Port} has ended");
            // The next fault is to strike a whole cluster again.
            await rig.ForgetAsync(silo);
            await rig.StartSiloAsync();
        }
    }
}

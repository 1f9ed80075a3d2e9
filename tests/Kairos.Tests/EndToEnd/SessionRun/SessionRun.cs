using System.Globalization;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>
/// Faults to a cluster under load, one after another, while clients of sessions change gateways all the time; at the end, each client must have
/// every second that the cluster has, or a true word about those that it has not.
/// </summary>
/// <param name="rig">The cluster.</param>
/// <param name="fleet">The clients.</param>
/// <param name="seed">Decides order and moments.</param>
internal sealed class SessionRun(ClusterRig rig, SessionFleet fleet, int seed)
{
    private const int PauseMsMin = 1_000;
    private const int PauseMsMax = 4_000;
    private const int ProblemsShown = 20;

    private readonly Random _random = new(seed);
    private readonly Settlement _settlement = new(rig);
    private readonly SentAgain _sentAgain = new(rig);
    private long _lossMax;

    /// <summary>Rounds of faults, each in an order of its own, until a time has passed; at least one round.</summary>
    public async Task RunAsync(Func<Random, IReadOnlyList<Fault>> round, TimeSpan atLeast)
    {
        rig.ResumeTraffic();
        await fleet.WaitUntilSettledAsync();
        fleet.BeginHops();
        var start = TimeProvider.System.GetTimestamp();
        do
        {
            var faults = round(_random).ToArray();
            _random.Shuffle(faults);
            foreach (var fault in faults)
            {
                await StrikeAsync(fault);
                if (atLeast > TimeSpan.Zero && TimeProvider.System.GetElapsedTime(start) >= atLeast)
                    break;
            }
        }
        while (TimeProvider.System.GetElapsedTime(start) < atLeast);

        await fleet.EndHopsAsync();
        await CheckAsync();
        TestLog.Write($"sessions: {fleet}; {await _sentAgain.CountAsync()} of them sent again, at least");
        Assert.True(rig.Problems.Count == 0, Report());
    }

    private async Task StrikeAsync(Fault fault)
    {
        // Not for luck: the moment in which a fault strikes is to be any.
        var running = TimeSpan.FromMilliseconds(_random.Next(PauseMsMin, PauseMsMax));
        await Task.Delay(running, TimeProvider.System, TestContext.Current.CancellationToken);
        await _sentAgain.CountAsync();
        var start = TimeProvider.System.GetTimestamp();
        try
        {
            _lossMax += (await fault.StrikeAsync(rig, _random)).LossMax;
            await rig.WaitForAdvanceAsync();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Assert.Fail($"{fault.Name}: {e.Message}\n{e.StackTrace}\n{Report()}");
        }

        rig.ResumeTraffic();
        rig.AddProblemsOfClients(fault.Name);
        var violations = AddViolations(fault.Name);
        TestLog.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"{fault.Name}: {TimeProvider.System.GetElapsedTime(start).TotalSeconds:0.0} s, {fleet.Clients.Sum(client => client.Connections)} connections, {violations} violations"));
    }

    private async Task CheckAsync()
    {
        await _settlement.SettleAsync(_lossMax);
        await fleet.WaitForTickAsync(_settlement.Tick);
        AddViolations("the end");
        var truth = new SessionTruth(rig.Nodes[0].Process.Http);
        var total = rig.Nodes[0].Watcher.Last!.Counts.Total;
        foreach (var client in fleet.Clients)
        {
            foreach (var fault in await truth.FaultsOfAsync(client, _settlement.Tick))
                rig.AddProblem(fault);
            var (shown, expected) = (client.Record.Snapshots[^1].Total, await truth.TotalAsync(client.Subscription.Scope));
            if (shown != expected || (client.Subscription.Kind is null && shown != total))
                rig.AddProblem($"{client.Record.Id} ({client.Subscription}) ended at {shown}, its scope at {expected}, the cluster at {total}");
        }
    }

    private int AddViolations(string during)
    {
        var violations = fleet.TakeViolations();
        foreach (var violation in violations)
            rig.AddProblem($"{during}: {violation}");
        return violations.Count;
    }

    private string Report()
    {
        var logs = rig.KeepLogs("sessions");
        File.WriteAllLines(Path.Combine(logs, "problems.log"), rig.Problems);
        return $"seed {seed}, {rig.Problems.Count} problems, of which the first:\n{string.Join('\n', rig.Problems.Take(ProblemsShown))}\n{fleet}\nLogs: {logs}";
    }
}

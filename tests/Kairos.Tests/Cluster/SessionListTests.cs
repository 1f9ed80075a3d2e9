using Kairos.Gateway;
using Kairos.Tests.Unit;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kairos.Tests.Cluster;

/// <summary>The list of <c>/kairos/api/sessions</c>, from the directory and the session grains.</summary>
[Collection(SilosInThisProcess.Name)]
public sealed class SessionListTests
{
    private static readonly string[] Ids = [.. Enumerable.Range(0, 7).Select(i => $"0123456789abcde{i}")];

    [Fact]
    public async Task List_PageByPage_HasEverySessionOnce()
    {
        await using var silo = await SiloBed.StartAsync();
        Assert.Equal((0, null, 0), await ShownAsync(silo, "", 3));
        foreach (var id in Ids)
            await BeginAsync(silo, id);

        Assert.Equal((7, Ids[2], 3), await ShownAsync(silo, "", 3));
        Assert.Equal((7, Ids[5], 3), await ShownAsync(silo, Ids[2], 3));
        Assert.Equal((7, null, 1), await ShownAsync(silo, Ids[5], 3));
        Assert.Equal((7, null, 7), await ShownAsync(silo, "", 7));
        Assert.Equal(Ids, (await ReadAsync(silo, "", 7)).Sessions.Select(session => session.Id));
    }

    [Fact]
    public async Task List_AReportThatTheDirectoryWasNotTold_IsShownUnlessTheGrainDoesNotAnswer()
    {
        await using var silo = await SiloBed.StartAsync();
        var connection = await BeginAsync(silo, Ids[0]);
        var gone = await BeginAsync(silo, Ids[1]);
        await silo.Session(Ids[1]).DisconnectAsync(gone, Make.Progress(1) with { LastTick = 7 });
        Assert.True(await silo.Session(Ids[0]).ReportAsync(connection, Make.Progress(1) with { LastTick = Make.Tick, FramesSent = 30 }));
        var listed = (await ReadAsync(silo, "", 10)).Sessions;
        Assert.Equal([(true, Make.Tick, 30), (false, 7, 0)], listed.Select(session => (session.Connected, session.LastTick, session.FramesSent)));

        silo.SessionCalls.Fails = typeof(IClientSessionGrain);
        Assert.Equal([(true, null), (false, 7L)], (await ReadAsync(silo, "", 10)).Sessions.Select(session => (session.Connected, session.LastTick)));
        silo.SessionCalls.Fails = typeof(ISessionDirectoryGrain);
        await Assert.ThrowsAsync<IOException>(() => ReadAsync(silo, "", 10));
    }

    private static async Task<SessionConnection> BeginAsync(SiloBed silo, string id)
    {
        var connection = Make.Connection("gw-1");
        Assert.True(await silo.Session(id).ReportAsync(connection, Make.Progress(1)));
        await Eventually.GetAsync(() => silo.Sessions.FindAsync(id), kept => kept is not null);
        return connection;
    }

    private static async Task<(int Total, string? Next, int Count)> ShownAsync(SiloBed silo, string after, int max) =>
        await ReadAsync(silo, after, max) is var answer ? (answer.Total, answer.Next, answer.Sessions.Count) : default;

    private static Task<SessionsAnswer> ReadAsync(SiloBed silo, string after, int max) =>
        SessionsEndpoint.ReadAsync(silo.Client, after, max, TimeProvider.System, NullLogger.Instance, TestContext.Current.CancellationToken);
}

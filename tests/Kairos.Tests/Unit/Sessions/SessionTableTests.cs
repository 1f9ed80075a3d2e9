using Kairos.Grains;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>Which sessions are kept, and what of them is written.</summary>
public sealed class SessionTableTests : IDisposable
{
    private const long Now = Make.Tick;

    private readonly Measurements _measured = new();
    private readonly SessionsOptions _options = new() { Max = 3, Retention = TimeSpan.FromSeconds(60) };
    private readonly SessionTable _table;

    public SessionTableTests() => _table = new SessionTable(_options, new GrainInstruments(_measured));

    public void Dispose() => _measured.Dispose();

    [Fact]
    public void Keep_OneMoreThanMayBe_CrowdsOutTheOneThatHasBeenWithoutAConnectionForLongest()
    {
        Keep("a", connected: false, since: Now - 10);
        Keep("b", connected: false, since: Now - 30);
        Keep("c");
        Assert.True(Keep("d"));
        Assert.Equal(["a", "c", "d"], Ids());
        Assert.True(Keep("e"));
        Assert.Equal(["c", "d", "e"], Ids());
        Assert.Equal(2, _measured["kairos.sessions.crowded_out"]);
    }

    [Fact]
    public void Keep_AllThatMayBeAreConnected_KeepsThoseAndRefusesOthers()
    {
        Keep("a");
        Keep("b");
        Keep("c");
        Assert.False(Keep("d"));
        Assert.True(Keep("b", interval: 9));
        Assert.Equal((1, 0), (_measured["kairos.sessions.unkept"], _measured["kairos.sessions.crowded_out"]));
        Assert.Equal(["a", "b", "c"], Ids());

        Keep("b", connected: false, since: Now);
        Assert.True(Keep("d"));
        Assert.Equal(["a", "c", "d"], Ids());
    }

    [Fact]
    public void Keep_FewerMayBeThanStorageHas_MakesRoomForTheNewOne()
    {
        var table = new SessionTable(new SessionsOptions { Max = 2 }, new GrainInstruments(_measured));
        table.Restore(new StoredSessions([.. new[] { "a", "b", "c", "d" }.Select(id => Make.Session(id, Now, connected: id == "c"))]), Now);
        Assert.True(table.Keep(Make.Session("e", Now), Now));
        Assert.Equal(["c", "e"], table.List("", 10, Now).Sessions.Select(session => session.Id));
    }

    [Fact]
    public void Keep_AConnectionOfAnOlderEpochToldLate_IsNotWhatHolds()
    {
        _table.Keep(Make.Session("a", Now, epoch: 2, interval: 5), Now);
        Assert.True(_table.Keep(Make.Session("a", Now, epoch: 1, interval: 9), Now));
        Assert.Equal((2, 5), (_table.Find("a", Now)!.Epoch, _table.Find("a", Now)!.Progress.Subscription.IntervalSeconds));
    }

    [Fact]
    public void Find_WithoutAConnectionForLongerThanSessionsAreKept_IsForgotten()
    {
        Keep("a", connected: false, since: Now);
        Keep("b", connected: true, since: Now - 10_000);
        Assert.NotNull(_table.Find("a", Now + 60));
        Written();
        Assert.Null(_table.Find("a", Now + 61));
        Assert.NotNull(_table.Find("b", Now + 61));
        Assert.Equal(1, _table.List("", 10, Now + 61).Total);
        Assert.Empty(Assert.Single(Written()).Sessions);
    }

    [Fact]
    public void Keep_AClientThatCameBack_DoesNotExpire()
    {
        Keep("a", connected: false, since: Now - 50);
        Keep("a");
        _table.Sweep(Now + 200);
        Assert.NotNull(_table.Find("a", Now + 200));
    }

    [Fact]
    public void Sweep_NothingWasToldOfAConnectionForLong_CountsAsWithoutOneSinceThen()
    {
        Keep("a");
        Keep("b");
        Written();
        _table.Keep(Make.Session("b", Now), Now + 240);
        _table.Sweep(Now + 300);
        Assert.True(_table.Find("a", Now + 300)!.IsConnected);
        Assert.Empty(Written());

        _table.Sweep(Now + 301);
        Assert.Null(_table.Find("a", Now + 301));
        Assert.True(_table.Find("b", Now + 301)!.IsConnected);
    }

    [Fact]
    public void Sweep_ASilentConnection_IsWrittenAsEndedAndExpiresFromThen()
    {
        var table = new SessionTable(new SessionsOptions { Retention = TimeSpan.FromSeconds(600) }, new GrainInstruments(_measured));
        table.Restore(new StoredSessions([Make.Session("a", Now - 5_000)]), Now);
        table.Sweep(Now + 301);
        Assert.Equal((false, Now), (table.Find("a", Now + 301)!.IsConnected, table.Find("a", Now + 301)!.Since));
        Assert.False(Assert.Single(table.TakeUnwritten(Assert.Single(table.Unwritten)).Sessions).IsConnected);
        Assert.NotNull(table.Find("a", Now + 600));
        Assert.Null(table.Find("a", Now + 601));
    }

    [Fact]
    public void Keep_OnlyHowFarTheConnectionIsHasChanged_IsNotWrittenButTold()
    {
        Keep("a");
        Written();
        var further = Make.Session("a", Now) with { Progress = Make.Progress(1) with { LastTick = Now + 30, FramesSent = 30 } };
        _table.Keep(further, Now + 30);
        Assert.Empty(Written());
        Assert.Equal(Now + 30, _table.Find("a", Now)!.Progress.LastTick);

        foreach (var changed in new[]
        {
            further with { Progress = Make.Progress(2) },
            further with { Progress = Make.Progress(2) with { Subscription = new Subscription(["success_rate"], 2) } },
            further with { Progress = Make.Progress(2) with { Subscription = new Subscription(["success_rate"], 2) { Scope = new Scope(ScopeKind.Route, "orders") } } },
            further with { Progress = Make.Progress(2), Epoch = 2, Connection = Guid.NewGuid() },
            further with { Progress = Make.Progress(2), Epoch = 2, IsConnected = false },
        })
        {
            _table.Keep(changed, Now + 30);
            Assert.Equal(changed, Assert.Single(Assert.Single(Written()).Sessions));
        }
    }

    [Fact]
    public void TakeUnwritten_AndRestore_GiveTheSameSessionsOfEveryPage()
    {
        var options = new SessionsOptions();
        var (table, copy) = (new SessionTable(options, new GrainInstruments(_measured)), new SessionTable(options, new GrainInstruments(_measured)));
        string[] ids = [.. Enumerable.Range(0, 1_000).Select(i => $"session-{i:x16}")];
        foreach (var id in ids)
            table.Keep(Make.Session(id, Now), Now);

        Assert.Equal(SessionTable.PageCount, table.Unwritten.Count);
        foreach (var page in table.Unwritten)
        {
            var content = table.TakeUnwritten(page);
            Assert.InRange(content.Sessions.Count, 3, 40);
            copy.Restore(Serialization.RoundTrip(content), Now);
        }

        Assert.Empty(table.Unwritten);
        Assert.Empty(copy.Unwritten);
        Assert.Equal(ids.Order(StringComparer.Ordinal), copy.List("", ids.Length, Now).Sessions.Select(session => session.Id));

        table.Forget(ids[7]);
        var changed = Assert.Single(table.Unwritten);
        Assert.DoesNotContain(table.TakeUnwritten(changed).Sessions, session => session.Id == ids[7]);
        table.PutBack(changed);
        Assert.Equal([changed], table.Unwritten);
    }

    [Fact]
    public void Pages_OfAnId_AreThoseThatStorageHas()
    {
        // Another hash would leave what storage has where nobody changes it any more.
        foreach (var (id, page) in new[] { ("0123456789abcdef", 61), ("zzzzzzzzzzzzzzzz", 5), ("-_-_-_-_-_-_-_-_", 5) })
        {
            var table = new SessionTable(new SessionsOptions(), new GrainInstruments(_measured));
            table.Keep(Make.Session(id, Now), Now);
            Assert.Equal([page], table.Unwritten);
        }
    }

    [Fact]
    public void List_InTheOrderOfIds_GoesOnAfterAnyId()
    {
        var table = new SessionTable(new SessionsOptions(), new GrainInstruments(_measured));
        foreach (var id in new[] { "b", "-a", "_a", "a", "B", "0" })
            table.Keep(Make.Session(id, Now), Now);

        Assert.Equal("-a 0 B _a a b", Listed("", 10));
        Assert.Equal("-a 0", Listed("", 2));
        Assert.Equal("B _a", Listed("0", 2));
        Assert.Equal("_a a b", Listed("C", 10));
        Assert.Equal("", Listed("b", 10));
        Assert.Equal(6, table.List("b", 10, Now).Total);
        table.Keep(Make.Session("A", Now), Now);
        table.Forget("_a");
        Assert.Equal("-a 0 A B a b", Listed("", 10));

        string Listed(string after, int max) => string.Join(' ', table.List(after, max, Now).Sessions.Select(session => session.Id));
    }

    private bool Keep(string id, bool connected = true, long since = Now, int interval = 1) =>
        _table.Keep(Make.Session(id, since, connected: connected, interval: interval), Now);

    private IEnumerable<string> Ids() => _table.List("", 100, Now).Sessions.Select(session => session.Id);

    private List<StoredSessions> Written() => [.. _table.Unwritten.Select(_table.TakeUnwritten)];
}

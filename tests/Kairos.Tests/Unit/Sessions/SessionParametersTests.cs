using Kairos.Gateway;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Xunit;

namespace Kairos.Tests.Unit;

public sealed class SessionParametersTests
{
    private const long Now = Make.Tick;
    private const string Id = "3f1b5c0e9d6a4f2c8b7e";

    [Fact]
    public void Read_WithoutASession_IsNone() => Assert.Equal(new SessionParameters(null, IsNew: false, null), Read("snapshot=full"));

    [Fact]
    public void Read_New_MakesAnIdThatNobodyElseHas()
    {
        var (first, second) = (Read("session=new"), Read("session=new"));
        Assert.Equal((true, null), (first.IsNew, first.LastTick));
        Assert.True(SocketSession.IsId(first.Id!));
        Assert.NotEqual(first.Id, second.Id);
    }

    [Theory]
    [InlineData("session=" + Id, null)]
    [InlineData("session=" + Id + "&last_tick=0", 0L)]
    [InlineData("last_tick=1700000005&session=" + Id, Now + 5)]
    public void Read_AnId_IsTheClientsOwn(string query, long? lastTick) => Assert.Equal(new SessionParameters(Id, IsNew: false, lastTick), Read(query));

    [Theory]
    [InlineData("session=abc", "Parameter `session` is 'abc'; it must be new, or an id of 16 to 64 letters, digits, dashes or underscores.")]
    [InlineData("session=", "Parameter `session` is ''; it must be new, or an id of 16 to 64 letters, digits, dashes or underscores.")]
    [InlineData("session=NEW", "Parameter `session` is 'NEW'; it must be new, or an id of 16 to 64 letters, digits, dashes or underscores.")]
    [InlineData("session=" + Id + "&session=" + Id, "Parameter `session` is '3f1b5c0e9d6a4f2c8b7e,3f1b5c0e9d6a4f2c8b7e'; it must be new, or an id of 16 to 64 letters, digits, dashes or underscores.")]
    [InlineData("last_tick=5", "Parameter `last_tick` is of a session: it goes with the id of one, as in session=3f1b5c0e9d6a4f2c8b7e&last_tick=1730975400.")]
    [InlineData("session=new&last_tick=5", "Parameter `last_tick` is of a session: it goes with the id of one, as in session=3f1b5c0e9d6a4f2c8b7e&last_tick=1730975400.")]
    [InlineData("session=" + Id + "&last_tick=", "Parameter `last_tick` is ''; it must be the tick of a Snapshot: Unix seconds, 0 to 1700000005 (this node's clock and 5 s).")]
    [InlineData("session=" + Id + "&last_tick=-1", "Parameter `last_tick` is '-1'; it must be the tick of a Snapshot: Unix seconds, 0 to 1700000005 (this node's clock and 5 s).")]
    [InlineData("session=" + Id + "&last_tick=1.5", "Parameter `last_tick` is '1.5'; it must be the tick of a Snapshot: Unix seconds, 0 to 1700000005 (this node's clock and 5 s).")]
    [InlineData("session=" + Id + "&last_tick=soon", "Parameter `last_tick` is 'soon'; it must be the tick of a Snapshot: Unix seconds, 0 to 1700000005 (this node's clock and 5 s).")]
    [InlineData("session=" + Id + "&last_tick=1700000006", "Parameter `last_tick` is '1700000006'; it must be the tick of a Snapshot: Unix seconds, 0 to 1700000005 (this node's clock and 5 s).")]
    [InlineData("session=" + Id + "&last_tick=99999999999999999999", "Parameter `last_tick` is '99999999999999999999'; it must be the tick of a Snapshot: Unix seconds, 0 to 1700000005 (this node's clock and 5 s).")]
    public void Read_AMistake_IsOneSentence(string query, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<FormatException>(() => Read(query)).Message);

    private static SessionParameters Read(string query) => SessionParameters.Read(new QueryCollection(QueryHelpers.ParseQuery(query)), Now);
}

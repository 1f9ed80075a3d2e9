using System.Text.Json;
using Kairos.Gateway;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>Sessions as <c>/kairos/api/sessions</c> shows them.</summary>
public sealed class SessionAnswerTests
{
    [Theory]
    [InlineData(true, """{"id":"3f1b5c0e9d6a4f2c8b7e","connected":true,"node":"gw-9","since":"2023-11-14T22:13:20Z","subscription":{"metrics":["requests_total"],"interval_seconds":2,"scope":{"route":"orders"}},"last_tick":1700000060,"frames_sent":31,"frames_skipped":4}""")]
    [InlineData(false, """{"id":"3f1b5c0e9d6a4f2c8b7e","connected":false,"node":"gw-9","since":"2023-11-14T22:13:20Z","subscription":{"metrics":["requests_total"],"interval_seconds":1},"last_tick":null,"frames_sent":0,"frames_skipped":0}""")]
    public void Of_ASession_IsWhatTheProtocolSays(bool connected, string json)
    {
        var session = Make.Session(Make.SessionId, Make.Tick, connected: connected);
        if (connected)
        {
            var subscription = new Subscription(["requests_total"], 2) { Scope = new Scope(ScopeKind.Route, "orders") };
            session = session with { Progress = new SessionProgress(subscription, Make.Tick + 60, 31, 4) };
        }

        Assert.Equal(json, JsonSerializer.Serialize(SessionAnswer.Of(session), ApiJson.Default.SessionAnswer));
    }

    [Theory]
    [InlineData("0123456789abcdef", true)]
    [InlineData("-_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", true)]
    [InlineData("0123456789abcde", false)]
    [InlineData("-_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz01234567890", false)]
    [InlineData(".123456789abcdef", false)]
    [InlineData("ü123456789abcdef", false)]
    [InlineData("", false)]
    public void SessionId_OfAParameter_IsOneOrAMistake(string text, bool isOne)
    {
        if (isOne)
            Assert.Equal(text, ApiQuery.SessionId(text, "id"));
        else
            Assert.Equal($"Parameter `id` is '{FieldReader.Shortened(text)}'; it must be 16 to 64 letters, digits, dashes or underscores.", Assert.Throws<FormatException>(() => ApiQuery.SessionId(text, "id")).Message);
    }
}

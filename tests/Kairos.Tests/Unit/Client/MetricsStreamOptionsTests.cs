using Kairos.Client;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>What a client of the stream says of options that cannot be meant.</summary>
public sealed class MetricsStreamOptionsTests
{
    private static readonly MetricsStreamOptions Valid = new() { Urls = [new Uri("wss://metrics.example/ws/metrics")] };

    [Fact]
    public void Options_ThatAreValid_AreTaken()
    {
        _ = new MetricsStream(Valid);
        _ = new MetricsStream(Valid with { SessionId = new string('a', 64), LastTick = 0 });
    }

    [Fact]
    public void Urls_NoneOrNotOfTheWeb_AreMistakes()
    {
        AssertMistake("Urls is empty: name the /ws/metrics of one node at least.", Valid with { Urls = [] });
        AssertMistake(
            "Urls has 'redis://gw-1/', which is no address that begins with ws://, wss://, http:// or https://.",
            Valid with { Urls = [Valid.Urls[0], new Uri("redis://gw-1/")] });
        AssertMistake(
            "Urls has '/ws/metrics', which is no address that begins with ws://, wss://, http:// or https://.",
            Valid with { Urls = [new Uri("/ws/metrics", UriKind.Relative)] });
    }

    [Theory]
    [InlineData("")]
    [InlineData("new")]
    [InlineData("0123456789abcde")]
    [InlineData("0123456789abcdef&last_tick=1")]
    public void SessionId_NotOfTheProtocol_IsAMistake(string id) =>
        AssertMistake($"SessionId is '{id}': it has 16 to 64 of A-Z a-z 0-9 - _.", Valid with { SessionId = id });

    [Fact]
    public void Mistakes_OfAllKinds_AreToldTogether() => AssertMistake(
        "LastTick is given without a SessionId: it is the tick of a session. LastTick is -1: it is in Unix seconds. "
        + "RetryMin is 00:00:02 and RetryMax 00:00:01: they are more than 0, and the second not less than the first. SilenceMax is 00:00:00: it is more than 0.",
        Valid with { LastTick = -1, RetryMin = TimeSpan.FromSeconds(2), RetryMax = TimeSpan.FromSeconds(1), SilenceMax = TimeSpan.Zero });

    private static void AssertMistake(string sentence, MetricsStreamOptions options) =>
        Assert.Equal(sentence, Assert.Throws<ArgumentException>(() => new MetricsStream(options)).Message);
}

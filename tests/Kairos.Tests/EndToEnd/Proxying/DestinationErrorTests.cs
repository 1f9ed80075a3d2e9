using System.Net;
using Xunit;

namespace Kairos.Tests.EndToEnd;

[Collection(OwnGateways.Name)]
public sealed class DestinationErrorTests
{
    private const string HalfAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbegun";

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(200);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_destination_that_refuses_connections_is_a_connect_error()
    {
        await using var destination = await Destination.StartAsync();
        await using var proxy = await MeteredProxy.StartAsync(ProxySettings.To(destination.Address));
        using var content = new ByteArrayContent(new byte[1_000]);

        using var got = await proxy.Http.GetAsync("dead/any", Cancelled);
        using var posted = await proxy.Http.PostAsync("dead/any", content, Cancelled);

        Assert.Equal(HttpStatusCode.BadGateway, got.StatusCode);
        var counted = await proxy.CompletedAsync(2, "dead");
        Assert.Equal((2, 0, 0), Errors(counted));
        Assert.Equal((2, 0), (counted.Responses5xx, counted.BytesReceived));
    }

    [Fact]
    public async Task A_destination_that_speaks_no_Tls_is_a_connect_error()
    {
        await using var destination = await Destination.StartAsync();
        var secure = new UriBuilder(destination.Address) { Scheme = "https" }.Uri;
        await using var proxy = await MeteredProxy.StartAsync(ProxySettings.To(secure));

        using var response = await proxy.Http.GetAsync("d/status/200", Cancelled);

        Assert.Equal((1, 0, 0), Errors(await proxy.CompletedAsync(1)));
    }

    [Theory]
    [InlineData("", nameof(RawEnd.Reset))]
    [InlineData("", nameof(RawEnd.Close))]
    [InlineData(HalfAnswer, nameof(RawEnd.Reset))]
    [InlineData(HalfAnswer, nameof(RawEnd.Close))]
    public async Task A_destination_that_breaks_off_is_a_reset_error(string answer, string end)
    {
        await using var destination = new RawDestination(answer, Enum.Parse<RawEnd>(end));
        await using var proxy = await MeteredProxy.StartAsync(ProxySettings.To(destination.Address));

        await TryGetAsync(proxy);

        var counted = await proxy.CompletedAsync(1);
        Assert.Equal((0, 0, 1), Errors(counted));
        Assert.Equal((1, 0), (counted.Responses5xx, counted.BytesSent));
    }

    [Theory]
    [InlineData("")]
    [InlineData(HalfAnswer)]
    public async Task A_destination_that_does_not_get_on_is_a_timeout_error(string answer)
    {
        await using var destination = new RawDestination(answer, RawEnd.Keep);
        await using var proxy = await MeteredProxy.StartAsync(ProxySettings.ToWithin(Patience, destination.Address));

        await TryGetAsync(proxy);

        var counted = await proxy.CompletedAsync(1);
        Assert.Equal((0, 1, 0), Errors(counted));
        Assert.Equal(1, counted.Responses5xx);
    }

    [Fact]
    public async Task A_destination_that_does_not_read_on_is_a_timeout_error()
    {
        await using var destination = new RawDestination("", RawEnd.Keep);
        await using var proxy = await MeteredProxy.StartAsync(ProxySettings.ToWithin(Patience, destination.Address));

        // More than the sockets between take.
        using var content = new ByteArrayContent(new byte[100_000_000]);
        using var response = await proxy.Http.PostAsync("any", content, Cancelled);

        Assert.Equal(HttpStatusCode.GatewayTimeout, response.StatusCode);
        Assert.Equal((0, 1, 0), Errors(await proxy.CompletedAsync(1)));
    }

    [Fact]
    public async Task A_client_that_leaves_is_no_error_of_the_destination()
    {
        await using var destination = await Destination.StartAsync();
        await using var proxy = await MeteredProxy.StartAsync(ProxySettings.To(destination.Address));
        var response = await proxy.Http.GetAsync("d/hang", HttpCompletionOption.ResponseHeadersRead, Cancelled);
        response.Dispose();

        var counted = await proxy.CompletedAsync(1);
        Assert.Equal((0, 0, 0), Errors(counted));
        Assert.Equal(1, counted.Responses4xx);
    }

    [Fact]
    public async Task An_error_that_the_destination_answers_itself_is_its_answer()
    {
        await using var destination = await Destination.StartAsync();
        await using var proxy = await MeteredProxy.StartAsync(ProxySettings.To(destination.Address));
        using var response = await proxy.Http.GetAsync("d/status/502", Cancelled);

        Assert.Equal((0, 0, 0), Errors(await proxy.CompletedAsync(1)));
    }

    private static (long Connect, long Timeout, long Reset) Errors(RequestCounters counted) =>
        (counted.ConnectErrors, counted.TimeoutErrors, counted.ResetErrors);

    /// <summary>What the client sees of a broken response is not this class's matter.</summary>
    private static async Task TryGetAsync(MeteredProxy proxy)
    {
        try
        {
            await proxy.Http.GetByteArrayAsync("d/any", Cancelled);
        }
        catch (HttpRequestException)
        {
        }
    }
}

using System.Net.Sockets;
using Kairos.Gateway;
using Xunit;
using Yarp.ReverseProxy.Forwarder;

namespace Kairos.Tests.Unit;

public sealed class DestinationErrorsTests
{
    private static readonly IOException Broken = new("broken", new SocketException((int)SocketError.ConnectionReset));

    [Theory]
    [InlineData(HttpRequestError.NameResolutionError, nameof(DestinationError.Connect))]
    [InlineData(HttpRequestError.ConnectionError, nameof(DestinationError.Connect))]
    [InlineData(HttpRequestError.SecureConnectionError, nameof(DestinationError.Connect))]
    [InlineData(HttpRequestError.ProxyTunnelError, nameof(DestinationError.Connect))]
    [InlineData(HttpRequestError.VersionNegotiationError, nameof(DestinationError.Connect))]
    [InlineData(HttpRequestError.ResponseEnded, nameof(DestinationError.Reset))]
    [InlineData(HttpRequestError.HttpProtocolError, nameof(DestinationError.Reset))]
    [InlineData(HttpRequestError.InvalidResponse, nameof(DestinationError.None))]
    [InlineData(HttpRequestError.ConfigurationLimitExceeded, nameof(DestinationError.None))]
    [InlineData(HttpRequestError.Unknown, nameof(DestinationError.None))]
    public void KindOf_ARequestWithoutAResponse_IsByWhatTheClientSays(HttpRequestError error, string kind) =>
        Assert.Equal(kind, KindOf(ForwarderError.Request, new HttpRequestException(error)));

    [Theory]
    [InlineData(SocketError.ConnectionRefused, nameof(DestinationError.Connect))]
    [InlineData(SocketError.HostUnreachable, nameof(DestinationError.Connect))]
    [InlineData(SocketError.TimedOut, nameof(DestinationError.Timeout))]
    public void KindOf_AConnectionThatFails_IsAConnectErrorUnlessItTookTooLong(SocketError error, string kind) =>
        Assert.Equal(kind, KindOf(ForwarderError.Request, new HttpRequestException(HttpRequestError.ConnectionError, null, new SocketException((int)error))));

    [Fact]
    public void KindOf_AConnectionThatGoesWhileItIsOpened_IsAConnectError() =>
        Assert.Equal(nameof(DestinationError.Connect), KindOf(ForwarderError.Request, new SocketException((int)SocketError.NotConnected)));

    [Fact]
    public void KindOf_AConnectionThatBreaksBeforeTheResponse_IsAReset() =>
        Assert.Equal(nameof(DestinationError.Reset), KindOf(ForwarderError.Request, new HttpRequestException("sending", Broken)));

    [Theory]
    [InlineData(ForwarderError.RequestTimedOut)]
    [InlineData(ForwarderError.UpgradeActivityTimeout)]
    [InlineData(ForwarderError.ResponseBodyDestination)]
    public void KindOf_ACancellationByTheActivityTimeout_IsATimeout(ForwarderError error) =>
        Assert.Equal(nameof(DestinationError.Timeout), KindOf(error, new TaskCanceledException()));

    [Theory]
    [InlineData(ForwarderError.ResponseBodyDestination)]
    [InlineData(ForwarderError.UpgradeRequestDestination)]
    [InlineData(ForwarderError.UpgradeResponseDestination)]
    public void KindOf_ABrokenTransfer_IsAReset(ForwarderError error) => Assert.Equal(nameof(DestinationError.Reset), KindOf(error, Broken));

    [Fact]
    public void KindOf_ABodyThatTheDestinationDoesNotTake_IsAnErrorIfTheResponseFailedToo()
    {
        Assert.Equal(nameof(DestinationError.None), KindOf(ForwarderError.RequestBodyDestination, Broken));
        Assert.Equal(
            nameof(DestinationError.Reset), KindOf(ForwarderError.RequestBodyDestination, new AggregateException(Broken, new HttpRequestException("sending"))));
        Assert.Equal(
            nameof(DestinationError.Timeout), KindOf(ForwarderError.RequestBodyDestination, new AggregateException(Broken, new TaskCanceledException())));
    }

    [Theory]
    [InlineData(ForwarderError.None)]
    [InlineData(ForwarderError.RequestCanceled)]
    [InlineData(ForwarderError.RequestBodyCanceled)]
    [InlineData(ForwarderError.RequestBodyClient)]
    [InlineData(ForwarderError.ResponseBodyCanceled)]
    [InlineData(ForwarderError.ResponseBodyClient)]
    [InlineData(ForwarderError.ResponseHeaders)]
    [InlineData(ForwarderError.RequestCreation)]
    [InlineData(ForwarderError.NoAvailableDestinations)]
    [InlineData(ForwarderError.UpgradeRequestCanceled)]
    [InlineData(ForwarderError.UpgradeRequestClient)]
    [InlineData(ForwarderError.UpgradeResponseCanceled)]
    [InlineData(ForwarderError.UpgradeResponseClient)]
    public void KindOf_WhatTheDestinationHasNoPartIn_IsNone(ForwarderError error)
    {
        Assert.Equal(nameof(DestinationError.None), KindOf(error, Broken));
        Assert.Equal(nameof(DestinationError.None), KindOf(error, null));
    }

    /// <summary>By name: the kinds are the gateway's own, test methods are public.</summary>
    private static string KindOf(ForwarderError error, Exception? exception) => DestinationErrors.KindOf(error, exception).ToString();
}

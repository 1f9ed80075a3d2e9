using System.Net.WebSockets;
using Kairos.Gateway;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Kairos.Tests.Unit;

/// <summary>What the sweep sees of a connection while it sends.</summary>
public sealed class SocketWriterTests : IDisposable
{
    private readonly Measurements _measurements = new();

    [Fact]
    public async Task Pump_AfterALongPause_NeverLooksAsIfItHadSentSinceBefore()
    {
        var (server, client) = Duplex.Pair();
        using var socket = WebSocket.CreateFromStream(server, new WebSocketCreationOptions { IsServer = true });
        var time = new AskedTime();
        var writer = new SocketWriter(socket, new SocketStream(server, time), new GatewayInstruments(_measurements), time);
        var longest = TimeSpan.Zero;
        var looks = 0;

        // Looked at whenever it asks for the time, which is before and after each step of it.
        time.Asked = () =>
        {
            looks++;
            longest = TimeSpan.FromTicks(Math.Max(longest.Ticks, writer.Waiting().Sending.Ticks));
        };
        for (var frame = 0; frame < 3; frame++)
        {
            time.Advance(TimeSpan.FromMinutes(1));
            writer.PutSnapshot("{}"u8.ToArray());
            writer.Pump();
            await writer.EndAsync(TimeSpan.FromSeconds(1));
        }

        Assert.True(looks >= 6);
        Assert.Equal(TimeSpan.Zero, longest);
        await client.DisposeAsync();
    }

    public void Dispose() => _measurements.Dispose();

    /// <summary>A clock that tells when it is asked for a timestamp, but not of the questions asked meanwhile.</summary>
    private sealed class AskedTime : FakeTimeProvider
    {
        private bool _telling;

        public Action? Asked { get; set; }

        public override long GetTimestamp()
        {
            if (Asked is not null && !_telling)
            {
                _telling = true;
                Asked();
                _telling = false;
            }

            return base.GetTimestamp();
        }
    }
}

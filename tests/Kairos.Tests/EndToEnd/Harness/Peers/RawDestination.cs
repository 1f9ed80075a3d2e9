using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kairos.Tests.EndToEnd;

/// <summary>
/// A destination that answers each request with the same bytes, whatever HTTP says, and then keeps, closes or resets the connection.
/// </summary>
internal sealed class RawDestination : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly byte[] _answer;
    private readonly RawEnd _end;
    private readonly Task _accepting;

    public RawDestination(string answer, RawEnd end)
    {
        (_answer, _end) = (Encoding.ASCII.GetBytes(answer), end);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
                serving.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ServeAsync(Socket connection)
    {
        using (connection)
        {
            var request = "";
            var buffer = new byte[4_096];
            while (!request.Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                var read = await connection.ReceiveAsync(buffer, _stop.Token);
                if (read == 0)
                    return;
                request += Encoding.ASCII.GetString(buffer, 0, read);
            }

            await connection.SendAsync(_answer, _stop.Token);
            if (_end == RawEnd.Keep)
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _stop.Token);
            if (_end == RawEnd.Reset)
                connection.LingerState = new LingerOption(true, 0);
        }
    }
}

/// <summary>What becomes of the connection after the answer.</summary>
internal enum RawEnd
{
    Keep,
    Close,
    Reset,
}

using System.Buffers;
using System.Net.WebSockets;
using Kairos.Silo;

namespace Kairos.Gateway;

/// <summary>
/// The receiving side of one connection: subscription messages in, one at a time, each answered before the next is read. Holds a buffer
/// only while a message arrives. One loop.
/// </summary>
internal sealed class SocketReader(MetricsSocket socket, SocketServices services)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly MetricsStreamOptions _options = services.Options;
    private long _windowBegan;
    private int _messagesInWindow;

    /// <summary>Reads until the connection has ended, whichever side ends it.</summary>
    public async Task RunAsync()
    {
        while (true)
        {
            // An empty buffer waits for the next message without holding memory for it.
            var next = await socket.WebSocket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
            if (next.MessageType == WebSocketMessageType.Close)
            {
                Acknowledge();
                return;
            }

            var buffer = ArrayPool<byte>.Shared.Rent(_options.MaxMessageBytes + 1);
            try
            {
                var length = next.EndOfMessage ? 0 : await ReadMessageAsync(buffer.AsMemory(0, _options.MaxMessageBytes + 1));
                if (!socket.IsEnding)
                {
                    socket.IsAnswering = true;
                    await HandleAsync(next.MessageType, buffer.AsMemory(0, Math.Max(length, 0)), tooLong: length < 0);
                }
            }
            finally
            {
                socket.IsAnswering = false;
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    /// <returns>The message's length; -1 when it is longer than allowed.</returns>
    private async Task<int> ReadMessageAsync(Memory<byte> buffer)
    {
        var length = 0;
        while (true)
        {
            var part = await socket.WebSocket.ReceiveAsync(buffer[length..], CancellationToken.None);
            length += part.Count;
            if (length == buffer.Length)
            {
                return -1;
            }

            if (part.EndOfMessage)
            {
                return length;
            }
        }
    }

    private async Task HandleAsync(WebSocketMessageType type, ReadOnlyMemory<byte> message, bool tooLong)
    {
        if (tooLong)
        {
            socket.Close(WebSocketCloseStatus.MessageTooBig, $"A message has at most {_options.MaxMessageBytes} bytes", "message_too_big");
            return;
        }

        var over = CountMessage() - _options.MaxSubscriptionsPer10Seconds;
        if (over > 0)
        {
            await RefuseFloodAsync(over);
        }
        else if (type == WebSocketMessageType.Binary)
        {
            await socket.AnswerErrorAsync("Invalid subscription: a binary message; send JSON in a text message");
        }
        else
        {
            var (request, error) = SubscriptionParser.Parse(message);
            await (request is null ? socket.AnswerErrorAsync(error!) : SubscribeAsync(request));
        }
    }

    private async Task SubscribeAsync(SubscriptionRequest request)
    {
        try
        {
            // All that can fail comes first: an Error leaves everything as it was.
            var ranking = request.Top is { Query.Count: > 0 } top ? await services.Top.GetAsync(top) : default;
            if (request.Snapshots is { } choice && !await SubscribeAsync(choice, request.History))
            {
                return;
            }

            if (request.Top is { } wanted)
            {
                await RankAsync(wanted, ranking.Tick, ranking.Frame);
            }
        }
        catch (Exception e) when (e.IsNoAnswer())
        {
            services.Logger.SubscriptionUnanswered(e);
            await socket.AnswerErrorAsync("The silos do not answer now; the subscription is as it was, try again later");
        }
    }

    private async Task<bool> SubscribeAsync(SnapshotChoice choice, HistoryChoice? history)
    {
        if (await services.Directory.RefusalAsync(choice.Scope) is { } refusal)
        {
            await socket.AnswerErrorAsync($"Invalid subscription: field `scope` is {ScopeDirectory.Shown(choice.Scope)}, and {refusal}");
            return false;
        }

        if (await services.Scopes.FollowAsync(choice.Scope) is not { } hub)
        {
            await socket.AnswerErrorAsync($"This node follows {_options.MaxScopes} scopes, as many as it may; try again later, or on another node");
            return false;
        }

        var joined = false;
        try
        {
            var events = history is { } wanted ? await HistoryAsync(choice.Metrics, wanted, hub.Latest!) : [];
            joined = true;
            var answered = socket.AnswerAsync(choice, hub, events);
            if (socket.Session is { } session)
            {
                services.Sessions.Changed(session);
            }

            await answered;
        }
        finally
        {
            if (!joined)
            {
                services.Scopes.Release(hub);
            }
        }

        return true;
    }

    private async Task<IReadOnlyList<ReadOnlyMemory<byte>>> HistoryAsync(MetricSet metrics, HistoryChoice choice, Snapshot latest)
    {
        try
        {
            return await services.History.GetAsync(metrics, choice, latest);
        }
        catch (Exception e)
        {
            services.Logger.HistoryFailed(e);
            return [EventWriter.Error("History is not available now; the subscription goes on without it, ask again later")];
        }
    }

    private async Task RankAsync(TopChoice choice, long tick, byte[] frame)
    {
        if (choice.Query.Count == 0)
        {
            socket.EndTop(choice.Query.Of);
            return;
        }

        if (!await socket.AnswerTopAsync(choice, tick, frame))
        {
            await socket.AnswerErrorAsync($"This node sends {TopBoard.RankingsMax} different rankings, as many as it may: this one is not sent; try again later, or on another node");
        }
    }

    private Task RefuseFloodAsync(int over)
    {
        if (over == 1)
        {
            return socket.AnswerErrorAsync(
                $"Too many messages: at most {_options.MaxSubscriptionsPer10Seconds} in 10 s are allowed; this one is ignored, one more closes the connection");
        }

        socket.Close(WebSocketCloseStatus.PolicyViolation, "Too many messages", "flood");
        return Task.CompletedTask;
    }

    private int CountMessage()
    {
        if (_messagesInWindow == 0 || services.TimeProvider.GetElapsedTime(_windowBegan) >= Window)
        {
            _windowBegan = services.TimeProvider.GetTimestamp();
            _messagesInWindow = 0;
        }

        return ++_messagesInWindow;
    }

    /// <summary>Answers the client's close frame where it began the handshake.</summary>
    private void Acknowledge()
    {
        if (socket.WebSocket.State == WebSocketState.CloseReceived)
        {
            var status = socket.WebSocket.CloseStatus is { } sent and not WebSocketCloseStatus.Empty ? sent : WebSocketCloseStatus.NormalClosure;
            socket.Close(status, "", "client");
        }
    }
}

using Grpc.Core;

namespace Kairos.Tests.EndToEnd;

/// <summary>The gRPC service of a destination.</summary>
internal sealed class EchoService : Echo.EchoBase
{
    public override Task<Words> Say(Words request, ServerCallContext context) => Task.FromResult(request);

    public override async Task Repeat(
        RepeatRequest request, IServerStreamWriter<Words> responseStream, ServerCallContext context)
    {
        for (var i = 0; i < request.Times; i++)
            await responseStream.WriteAsync(new Words { Text = request.Text }, context.CancellationToken);
    }
}

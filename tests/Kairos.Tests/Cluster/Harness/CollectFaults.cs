namespace Kairos.Tests.Cluster;

/// <summary>Questions to the shards fail on demand, as when their silo is lost; reports reach them. Thread-safe.</summary>
internal sealed class CollectFaults : IIncomingGrainCallFilter
{
    /// <summary>Questions fail.</summary>
    public volatile bool Fail;

    public Task Invoke(IIncomingGrainCallContext context) => Fail && context.MethodName == nameof(IMetricsShardGrain.CollectAsync)
        ? throw new IOException("The shard cannot be reached.")
        : context.Invoke();
}

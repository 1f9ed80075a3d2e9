using Kairos.Silo;

namespace Kairos.Gateway;

/// <summary>What this process holds of its cluster for as long as it runs: the folder of its data, or its connection to Redis.</summary>
/// <param name="Description">For the log.</param>
/// <param name="Store">Of a standalone node.</param>
/// <param name="Redis">Of a node of a cluster.</param>
internal sealed record ClusterJoin(string Description, IDisposable? Store, IAsyncDisposable? Redis) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        Store?.Dispose();
        if (Redis is not null)
        {
            await Redis.DisposeAsync();
        }
    }
}

/// <summary>How a gateway gets to its grains.</summary>
internal static class ClusterJoining
{
    /// <exception cref="ConfigurationMistakeException">The data folder or Redis cannot be used as configured.</exception>
    public static async Task<ClusterJoin> JoinClusterAsync(this WebApplicationBuilder builder, GatewaySettings settings)
    {
        if (settings.IsStandalone)
        {
            var dataPath = Path.GetFullPath(settings.Data.Path, builder.Environment.ContentRootPath);
            var store = SqliteStore.Open(dataPath);
            builder.AddStandaloneSilo(store, settings.Shards, settings.Sessions);
            return new ClusterJoin($"standalone; state in {dataPath}", store, null);
        }

        var options = RedisConnection.Read(builder.Configuration);
        var redis = await RedisConnection.OpenAsync(options);
        await ClusterAgreement.CheckAsync(redis, settings.Cluster.ClusterId, settings.Shards);
        builder.Services.AddSingleton(settings.Shards);
        builder.AddClusterClient(settings.Cluster, redis);
        return new ClusterJoin($"of cluster '{settings.Cluster.ClusterId}'; silos are found through Redis at {RedisConnection.Address(options)}", null, redis);
    }
}

using System.Globalization;
using Xunit;

namespace Kairos.Tests.EndToEnd;

/// <summary>Which silo holds which grains at the moment of asking.</summary>
internal sealed class GrainPlaces
{
    private const string TimeSeriesType = "time-series";
    private const string QueueType = "memorystreamqueue";
    private const string PubSubType = "pubsubrendezvous";
    private const string ShardType = "metrics-shard";

    private readonly ILookup<string, int> _portsByType;

    private GrainPlaces(IEnumerable<DetailedGrainStatistic> statistics) =>
        _portsByType = statistics.ToLookup(grain => grain.GrainId.Type.ToString()!, grain => grain.SiloAddress.Endpoint.Port);

    /// <summary>The silo in a role; an error that lists the grains when the role is nobody's.</summary>
    public static async Task<SiloProcess> HolderOfAsync(ClusterRig rig, GrainRole role)
    {
        await using var access = await ClusterAccess.ConnectAsync(rig);
        var management = access.Grains.GetGrain<IManagementGrain>(0);
        var places = new GrainPlaces(await management.GetDetailedGrainStatistics());
        var port = places.PortOf(role, [.. rig.Silos.Select(silo => silo.Port)]);
        return rig.Silos.Single(silo => silo.Port == port);
    }

    private int PortOf(GrainRole role, int[] silos) => role switch
    {
        GrainRole.TimeSeries => HolderOf(TimeSeriesType),
        GrainRole.Queue => HolderOf(QueueType),
        // Between two subscriptions nobody needs the rendezvous grain, and after trouble with storage it may be nowhere.
        GrainRole.PubSub => _portsByType[PubSubType].Select(port => (int?)port).FirstOrDefault() ?? HolderOf(QueueType),
        GrainRole.MostShards => silos.MaxBy(Shards),
        _ => silos.OrderBy(HoldsAnyOfThree).ThenBy(Shards).First(),
    };

    private int HolderOf(string type)
    {
        var ports = _portsByType[type].ToArray();
        Assert.True(ports.Length > 0, $"no silo holds {type}; there are {this}");
        return ports[0];
    }

    private int Shards(int silo) => _portsByType[ShardType].Count(port => port == silo);

    private bool HoldsAnyOfThree(int silo) =>
        new[] { TimeSeriesType, QueueType, PubSubType }.Any(type => _portsByType[type].Contains(silo));

    public override string ToString() => string.Join(", ", _portsByType.Select(type =>
        string.Create(CultureInfo.InvariantCulture, $"{type.Key} on {string.Join('/', type)}")));
}

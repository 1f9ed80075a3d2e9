using Orleans.Configuration;

namespace Kairos.Silo;

/// <summary>
/// The times after which the loss of a silo is noticed and healed. Orleans' defaults leave dashboards still for up to a minute and a half
/// when a silo hangs; DESIGN (E6) allows 15 s. Figures measured: docs/decisions/0005-failure-detection.md.
/// </summary>
internal static class Failover
{
    /// <summary>How often the agent of a silo looks for a new snapshot.</summary>
    public static readonly TimeSpan PullPeriod = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Service and cluster are one: it keeps state and membership of two clusters on one Redis apart.</summary>
    public static void Name(ClusterOptions cluster, string clusterId) => cluster.ServiceId = cluster.ClusterId = clusterId;

    public static void Tune(ISiloBuilder silo)
    {
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = TimeSpan.FromSeconds(1);
            membership.MaxProbeTimeout = TimeSpan.FromSeconds(2);
            membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(3);
            membership.TableRefreshTimeout = TimeSpan.FromSeconds(10);
            membership.DefunctSiloExpiration = TimeSpan.FromHours(1);
            membership.DefunctSiloCleanupPeriod = TimeSpan.FromMinutes(5);
        });
        silo.Configure<SiloMessagingOptions>(messaging =>
        {
            messaging.ResponseTimeout = ResponseTimeout;
            messaging.SystemResponseTimeout = ResponseTimeout;
            messaging.ClientDropTimeout = TimeSpan.FromSeconds(30);

            // Gateway nodes have so long to turn to another silo before this one stops to serve them.
            messaging.ClientGatewayShutdownNotificationTimeout = TimeSpan.FromSeconds(1);
        });
        silo.Configure<ConnectionOptions>(Connect);
    }

    public static void Tune(IClientBuilder client)
    {
        client.Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = TimeSpan.FromSeconds(3));
        client.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = ResponseTimeout);
        client.Configure<ConnectionOptions>(Connect);
    }

    private static void Connect(ConnectionOptions connection)
    {
        connection.OpenConnectionTimeout = TimeSpan.FromSeconds(2);
        connection.ConnectionRetryDelay = TimeSpan.FromMilliseconds(500);
    }
}

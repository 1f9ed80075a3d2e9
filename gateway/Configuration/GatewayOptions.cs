using System.ComponentModel.DataAnnotations;

namespace Kairos.Gateway;

/// <summary><c>Kairos:Node</c>: who this gateway node is.</summary>
internal sealed class NodeOptions
{
    /// <summary>The node's name, the same after a restart; by default the host name.</summary>
    [RegularExpression(@"[A-Za-z0-9._\-]{1,100}", ErrorMessage = "1 to 100 letters, digits, dots, dashes or underscores")]
    public string Id { get; set; } = Environment.MachineName;
}

/// <summary><c>Kairos:Metering</c>: what is counted by itself.</summary>
internal sealed class MeteringOptions
{
    /// <summary>Series (route and destination) counted by themselves; requests of further ones go to one overflow series.</summary>
    [Range(1, 100_000)]
    public int MaxSeries { get; set; } = 1_000;
}

/// <summary><c>Kairos:Reporting</c>: how a node reports to its shard.</summary>
internal sealed class ReportingOptions
{
    /// <summary>Between two reports: what a kill -9 can lose.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:00:01")]
    public TimeSpan Period { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Ticks kept while no shard has them in storage; then the oldest fold into the next.</summary>
    [Range(2, 180)]
    public int BufferTicks { get; set; } = 120;
}

/// <summary><c>Kairos:Http2</c>: HTTP/2 without TLS.</summary>
internal sealed class Http2Options
{
    /// <summary>An endpoint of its own for HTTP/2 and gRPC in clear, such as <c>http://localhost:5902</c>; empty for none.</summary>
    [RegularExpression(@"(http://[^/?#]+:\d{1,5}/?)?", ErrorMessage = "an address such as http://localhost:5902, or empty for none")]
    public string Url { get; set; } = "";
}

/// <summary><c>Kairos:Demo</c>: something to look at for a newcomer.</summary>
internal sealed class DemoOptions
{
    /// <summary>Adds two sample destinations and light traffic; <c>--demo</c> for short.</summary>
    public bool Enabled { get; set; }
}

/// <summary><c>Kairos:MetricsStream</c>: the limits of <c>/ws/metrics</c>.</summary>
internal sealed class MetricsStreamOptions
{
    /// <summary>Open sockets of this node; one more is answered 503 before the upgrade.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnections { get; set; } = 20_000;

    /// <summary>Open sockets of one address; one more is answered 503 before the upgrade.</summary>
    [Range(1, 1_000_000)]
    public int MaxConnectionsPerAddress { get; set; } = 1_000;

    /// <summary>Bytes of a client's message; a longer one closes with 1009.</summary>
    [Range(64, 1_048_576)]
    public int MaxMessageBytes { get; set; } = 4_096;

    /// <summary>Messages of a client in 10 s; one more is answered with an Error, a further one closes with 1008.</summary>
    [Range(1, 10_000)]
    public int MaxSubscriptionsPer10Seconds { get; set; } = 10;

    /// <summary>Scopes besides the cluster that the clients of this node may follow; a subscription to one more is answered with an Error.</summary>
    [Range(1, 5_000)]
    public int MaxScopes { get; set; } = 500;

    /// <summary>Snapshots that a session which comes back is sent again, the newest of those that it missed.</summary>
    [Range(1, 86_400)]
    public int MaxMissedSnapshots { get; set; } = 3_600;

    /// <summary>Between two Heartbeat events.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan HeartbeatPeriod { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A peer that says nothing for so long is sent a WebSocket ping.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan PingInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>A peer that does not answer a ping for so long is dropped.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan PingTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A peer that takes no frame for so long is closed with 4008, or dropped.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan SendTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A node of a cluster that is told to stop says so by its readiness and goes on to proxy for so long, while balancers turn to others and
    /// its sockets are closed one after another.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan DrainPeriod { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>A stop waits so long for requests in progress.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>Web origins whose pages may connect, besides the gateway's own; empty for all. Clients other than browsers send none and may.</summary>
    [RegularExpression(@"https?://[^/]+|null", ErrorMessage = "an origin such as https://dash.example.com")]
    public string[] AllowedOrigins { get; set; } = [];
}

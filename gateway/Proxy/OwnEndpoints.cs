namespace Kairos.Gateway;

/// <summary>Marks Kairos's own endpoints: not counted as proxied requests.</summary>
internal sealed class OwnEndpoint;

/// <summary>How Kairos's own endpoints are told from proxied routes.</summary>
internal static class OwnEndpoints
{
    /// <summary>Takes precedence over every proxied route, whatever its pattern or order.</summary>
    public static void AsOwn(this IEndpointConventionBuilder endpoint) => endpoint.WithOrder(int.MinValue).WithMetadata(new OwnEndpoint());
}

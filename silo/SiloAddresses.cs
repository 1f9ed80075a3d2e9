using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Kairos.Silo;

/// <summary>What <c>Kairos:Silo:AdvertisedAddress</c> means on this host.</summary>
public static class SiloAddresses
{
    private const string Key = "Kairos:Silo:AdvertisedAddress";

    /// <summary>The IP address to advertise.</summary>
    /// <exception cref="ConfigurationMistakeException">The name does not resolve, or the address is not one that others can connect to.</exception>
    public static async Task<IPAddress> ResolveAsync(string advertised)
    {
        if (IPAddress.TryParse(advertised, out var given))
        {
            return !given.Equals(IPAddress.Any) && !given.Equals(IPAddress.IPv6Any)
                ? given
                : throw new ConfigurationMistakeException($"{Key} is '{advertised}'; it must be the one address at which others reach this silo, or 'auto'.");
        }

        var name = advertised == "auto" ? Dns.GetHostName() : advertised;
        try
        {
            var found = await Dns.GetHostAddressesAsync(name);

            // A host's own name may also resolve to loopback, which would shut out all others.
            return found.Where(a => a.AddressFamily == AddressFamily.InterNetwork).OrderBy(IPAddress.IsLoopback).Concat(found).First();
        }
        catch (Exception e) when (e is SocketException or InvalidOperationException or ArgumentException)
        {
            throw new ConfigurationMistakeException($"{Key} is '{advertised}', and '{name}' has no address here ({e.Message}); give an IP address, or a name that resolves.", e);
        }
    }

    /// <summary>The address itself where this host has it; every address where it is one of a translating network in front of the host.</summary>
    public static IPAddress ListenAddressOf(IPAddress advertised) =>
        IPAddress.IsLoopback(advertised)
        || NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses).Any(a => a.Address.Equals(advertised))
            ? advertised
            : advertised.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any;
}

using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;

namespace Kairos.Silo;

/// <summary>Tries an address before anything starts: one sentence now instead of a failure of the server later.</summary>
public static class ListenAddress
{
    /// <summary>Checks each address of a setting such as <c>urls</c>, separated by semicolons.</summary>
    /// <exception cref="ConfigurationMistakeException">An address cannot be read, or this process cannot listen there.</exception>
    public static void CheckUrls(string urls, string example)
    {
        ArgumentNullException.ThrowIfNull(urls);
        foreach (var url in urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            CheckUrl(url, example);
        }
    }

    /// <summary>Checks one port on an address of this host.</summary>
    /// <exception cref="ConfigurationMistakeException">This process cannot listen there.</exception>
    public static void CheckPort(string key, IPAddress address, int port)
    {
        try
        {
            Try(address, port);
        }
        catch (SocketException e)
        {
            throw new ConfigurationMistakeException(
                $"{key} is '{port}', where this process cannot listen on {address} ({e.Message}); stop what listens there, or choose another port.", e);
        }
    }

    /// <summary>A loopback port that nobody listens on at the moment.</summary>
    public static int FreeLoopbackPort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static void CheckUrl(string url, string example)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            if (!address.IsUnixPipe && !address.IsNamedPipe)
            {
                Try(
                    address.Host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(address.Host, out var parsed) ? parsed : IPAddress.Any,
                    address.Port);
            }
        }
        catch (Exception e) when (e is FormatException or ArgumentOutOfRangeException)
        {
            throw new ConfigurationMistakeException($"urls holds '{url}'; it must be an address such as {example}, with a port from 0 to 65535.", e);
        }
        catch (SocketException e)
        {
            throw new ConfigurationMistakeException(
                $"urls holds '{url}', where this process cannot listen ({e.Message}); stop what listens there, or choose another address with --urls.", e);
        }
    }

    private static void Try(IPAddress address, int port)
    {
        using var listener = new TcpListener(address, port);
        listener.Start();
    }
}

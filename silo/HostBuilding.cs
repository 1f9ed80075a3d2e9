using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.Memory;

namespace Kairos.Silo;

/// <summary>What either host begins with: its files, and defaults below them.</summary>
public static class HostBuilding
{
    private static readonly Dictionary<string, string?> Defaults = new()
    {
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",

        // Who asks for readiness reads the answer; "not ready yet" is no error.
        ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = "Critical",
        ["Logging:LogLevel:Orleans"] = "Warning",

        // The membership says which silo is suspected and lost; each of its connections need not.
        ["Logging:LogLevel:Orleans.Runtime.Messaging"] = "Error",
        ["Logging:LogLevel:Orleans.Runtime.Silo"] = "Error",
        ["Logging:LogLevel:Orleans.Runtime.Watchdog"] = "Error",
        ["Logging:LogLevel:Polly"] = "Error",
        ["AllowedHosts"] = "*",
    };

    /// <summary>A builder whose lowest configuration are the defaults and the host's own: files, environment and command line override them.</summary>
    /// <exception cref="ConfigurationMistakeException">A configuration file cannot be read, or the folder of them is not there.</exception>
    public static WebApplicationBuilder Create(WebApplicationOptions options, IReadOnlyDictionary<string, string?> own)
    {
        try
        {
            var builder = WebApplication.CreateBuilder(options);
            ((IConfigurationBuilder)builder.Configuration).Sources.Insert(0, new MemoryConfigurationSource { InitialData = Defaults.Concat(own) });
            return builder;
        }
        catch (DirectoryNotFoundException e)
        {
            throw new ConfigurationMistakeException($"Setting `contentRoot` names a folder that is not there: {e.Message}", e);
        }
        catch (InvalidDataException e)
        {
            throw new ConfigurationMistakeException($"{e.Message} {e.GetBaseException().Message}", e);
        }
    }
}

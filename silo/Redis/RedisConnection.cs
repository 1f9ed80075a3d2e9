using Microsoft.Extensions.Configuration;
using StackExchange.Redis;

namespace Kairos.Silo;

/// <summary>
/// The process's one connection to Redis, from <c>ConnectionStrings:Redis</c>: membership, grain state and stream subscriptions all go
/// over it. Reconnects by itself for ever. Thread-safe.
/// </summary>
public static class RedisConnection
{
    private const string Key = "ConnectionStrings:Redis";

    private const int AnswerTimeoutMs = 2_000;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    /// <summary>The settings of the connection, checked.</summary>
    /// <exception cref="ConfigurationMistakeException">There is none, or it cannot be read.</exception>
    public static ConfigurationOptions Read(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        const string allowed = "it must be the address of a Redis and, after commas, its options, such as redis:6379,password=…";
        if (configuration[Key] is not { Length: > 0 } text)
        {
            throw new ConfigurationMistakeException($"{Key} is missing; with Kairos:Cluster:Mode=Redis {allowed}.");
        }

        try
        {
            var parts = text.Split(',', StringSplitOptions.RemoveEmptyEntries);
            if (parts.SkipWhile(part => !part.Contains('=', StringComparison.Ordinal)).Any(part => !part.Contains('=', StringComparison.Ordinal)))
            {
                throw new ConfigurationMistakeException($"{Key} holds something without '=' after its first option; {allowed}. A password cannot hold a comma.");
            }

            var options = ConfigurationOptions.Parse(text);
            if (options.EndPoints.Count == 0)
            {
                throw new ConfigurationMistakeException($"{Key} names no address; {allowed}.");
            }

            options.AbortOnConnectFail = false;
            options.ConnectRetry = 1;
            if (!text.Contains("connectTimeout", StringComparison.OrdinalIgnoreCase))
            {
                // A gateway that starts while Redis hangs proxies after that.
                options.ConnectTimeout = AnswerTimeoutMs;
            }

            options.ClientName ??= "kairos";
            options.ReconnectRetryPolicy = new ExponentialRetry(deltaBackOffMilliseconds: 100, maxDeltaBackOffMilliseconds: 1_000);
            return options;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // Neither the text nor what the reader says of it is shown: both may hold a password.
            throw new ConfigurationMistakeException($"{Key} has an option that is not known, or one with a wrong value; {allowed}.", e);
        }
    }

    /// <summary>Connects; where Redis does not answer within seconds, in the background.</summary>
    /// <exception cref="ConfigurationMistakeException">Redis answers and refuses the user or password.</exception>
    public static async Task<IConnectionMultiplexer> OpenAsync(ConfigurationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (await TryAsync(options) is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure })
        {
            throw new ConfigurationMistakeException(
                $"{Key} points to {Address(options)}, which refuses the user or password given there; check user= and password=.");
        }

        return await ConnectionMultiplexer.ConnectAsync(options);
    }

    /// <summary>Waits until Redis answers, and says so meanwhile through <paramref name="waiting"/>, at first and then every ten tries.</summary>
    public static async Task WaitAsync(
        ConfigurationOptions options, TimeProvider timeProvider, Action<string> waiting, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(waiting);
        for (var attempt = 0; await TryAsync(options) is { } failure; attempt++)
        {
            if (failure is RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure })
            {
                return;
            }

            if (attempt % 10 == 0)
            {
                waiting($"Waiting for Redis at {Address(options)} ({Key}): {(failure is RedisServerException ? failure.Message : "it does not answer")}");
            }

            await Task.Delay(Retry, timeProvider, cancellationToken);
        }
    }

    /// <summary>Host and port, without options and password.</summary>
    public static string Address(ConfigurationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return string.Join(" and ", options.EndPoints.Select(EndPointCollection.ToString));
    }

    /// <summary>Null when Redis answers a command, else why not.</summary>
    private static async Task<Exception?> TryAsync(ConfigurationOptions options)
    {
        var probe = options.Clone();
        probe.AbortOnConnectFail = true;
        probe.ConnectTimeout = Math.Min(options.ConnectTimeout, AnswerTimeoutMs);
        probe.AsyncTimeout = Math.Min(options.AsyncTimeout, AnswerTimeoutMs);
        try
        {
            await using var connection = await ConnectionMultiplexer.ConnectAsync(probe);
            await connection.GetDatabase().PingAsync();
            return null;
        }
        catch (RedisServerException e) when (e.Message.StartsWith("NOAUTH", StringComparison.Ordinal) || e.Message.StartsWith("WRONGPASS", StringComparison.Ordinal))
        {
            return new RedisConnectionException(ConnectionFailureType.AuthenticationFailure, e.Message);
        }
        catch (Exception e)
        {
            // Of any kind: what was under way when a connection is lost ends in several ways.
            return e;
        }
    }
}

using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>A command of this program in a process of its own, told what to do by HTTP. Disposing ends it.</summary>
internal sealed class CommandProcess : IAsyncDisposable
{
    private readonly ChildProcess _process;

    private CommandProcess(ChildProcess process, string url)
    {
        _process = process;
        Url = url;
        Http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(url), Timeout = TimeSpan.FromMinutes(5) };
    }

    public int Id => _process.Id;

    public string Url { get; }

    public HttpClient Http { get; }

    /// <summary>Returns once it answers <c>/ready</c>.</summary>
    public static async Task<CommandProcess> StartAsync(string command, Scratch scratch)
    {
        var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Next()}/");
        var folder = scratch.NewFolder();
        var process = ChildProcess.Start(Repository.Dotnet, [Repository.Benchmarks, command, $"--urls={url}", $"--contentRoot={folder}"], folder);
        try
        {
            await Readiness.WaitAsync(process, $"{url}ready");
            return new CommandProcess(process, url);
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>What it answers to a POST; to another status the benchmark ends with what it said.</summary>
    public async Task<string> TellAsync(string what, HttpContent? content = null)
    {
        using var response = await Http.PostAsync(what, content);
        var answer = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? answer
            : throw new BenchmarkException($"A process of the benchmark answered {(int)response.StatusCode} to {what}: {answer}\nIt printed:\n{_process.Output}");
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _process.DisposeAsync();
    }
}

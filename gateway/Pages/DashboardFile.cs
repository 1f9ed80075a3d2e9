using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace Kairos.Gateway;

/// <summary>One file of the dashboard, as it was built into this assembly, in each of its encodings. Immutable.</summary>
internal sealed class DashboardFile
{
    private const string Folder = "dashboard/";
    private const int VersionLength = 12;

    /// <summary>By name of the encoding, the smallest first; the last is the plain file.</summary>
    private readonly (string Encoding, byte[] Content, EntityTagHeaderValue Tag)[] _forms;

    private DashboardFile(string name)
    {
        Name = name;
        var plain = Read(name)!;
        Version = Convert.ToHexStringLower(SHA256.HashData(plain))[..VersionLength];
        _forms = [.. Forms("br", Read($"{name}.br")), .. Forms("gzip", Read($"{name}.gz")), .. Forms("identity", plain)];
    }

    public string Name { get; }

    /// <summary>Changes with the content; the page's addresses carry it.</summary>
    public string Version { get; }

    private string ContentType => Path.GetExtension(Name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "text/plain; charset=utf-8",
    };

    /// <summary>All of them; none in a gateway that was built without its dashboard.</summary>
    public static IReadOnlyList<DashboardFile> All { get; } =
    [
        .. typeof(DashboardFile).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal) && Path.GetExtension(name) is not (".br" or ".gz"))
            .Select(name => new DashboardFile(name[Folder.Length..])),
    ];

    /// <summary>The form that the client takes, or nothing where it has it already.</summary>
    public FileContentHttpResult Answer(HttpContext context)
    {
        var accepted = context.Request.GetTypedHeaders().AcceptEncoding;
        var (encoding, content, tag) = Array.Find(_forms, form => form.Encoding == "identity" || accepted.Any(a => a.Value == form.Encoding && a.Quality != 0));
        var headers = context.Response.Headers;
        headers.Vary = HeaderNames.AcceptEncoding;
        if (encoding != "identity")
        {
            headers.ContentEncoding = encoding;
        }

        // While nodes of two versions serve one page, each answers for its own files alone: another's version must not be kept for it.
        headers.CacheControl = context.Request.Query["v"].ToString() switch
        {
            "" => "no-cache",
            var asked when asked == Version => "public, max-age=31536000, immutable",
            _ => "no-store",
        };
        return TypedResults.Bytes(content, ContentType, entityTag: tag);
    }

    private IEnumerable<(string, byte[], EntityTagHeaderValue)> Forms(string encoding, byte[]? content) =>
        content is null ? [] : [(encoding, content, new EntityTagHeaderValue($"\"{Version}-{encoding}\""))];

    private static byte[]? Read(string name)
    {
        using var stream = typeof(DashboardFile).Assembly.GetManifestResourceStream(Folder + name);
        if (stream is null)
        {
            return null;
        }

        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        return content;
    }
}

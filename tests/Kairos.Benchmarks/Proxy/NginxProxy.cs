using System.Globalization;

namespace Kairos.Benchmarks;

/// <summary>nginx as a proxy of the same routes: keep-alive to the destination, the same headers added, nothing logged.</summary>
internal static class NginxProxy
{
    private const string Program = "nginx";

    public static void Require() => Installed.Require(Program, "it is one of the proxies that the gateway is compared with");

    public static ChildProcess Start(int port, int routes, Uri destination, string folder)
    {
        var file = Path.Combine(folder, "nginx.conf");
        File.WriteAllText(file, Configuration(port, routes, destination.Authority, folder));
        return ChildProcess.Start(Program, ["-p", folder, "-c", file, "-e", Path.Combine(folder, "error.log")], folder);
    }

    private static string Configuration(int port, int routes, string destination, string folder)
    {
        var locations = string.Concat(Enumerable.Range(1, routes).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"    location /r{i}/ {{ proxy_pass http://c{i}; }}\n")));
        var upstreams = string.Concat(Enumerable.Range(1, routes).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"  upstream c{i} {{ server {destination}; keepalive 64; }}\n")));
        return $$"""
            daemon off;
            worker_processes auto;
            pid {{folder}}/nginx.pid;
            events { worker_connections 4096; }
            http {
              access_log off;
              keepalive_requests 1000000000;
              client_body_temp_path {{folder}}/body;
              proxy_temp_path {{folder}}/proxy;
              fastcgi_temp_path {{folder}}/fastcgi;
              uwsgi_temp_path {{folder}}/uwsgi;
              scgi_temp_path {{folder}}/scgi;
              map $http_upgrade $upgrading { default "upgrade"; "" ""; }
            {{upstreams}}
              server {
                listen 127.0.0.1:{{port}} backlog=4096;
                proxy_http_version 1.1;
                proxy_set_header Host $host;
                proxy_set_header X-Forwarded-For $remote_addr;
                proxy_set_header X-Forwarded-Host $http_host;
                proxy_set_header X-Forwarded-Proto $scheme;
                proxy_set_header Upgrade $http_upgrade;
                proxy_set_header Connection $upgrading;
                proxy_buffers 8 16k;
                proxy_max_temp_file_size 0;
            {{locations}}
              }
            }
            """;
    }
}

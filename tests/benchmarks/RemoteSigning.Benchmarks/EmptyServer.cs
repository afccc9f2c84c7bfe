using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using RemoteSigning.Hosting;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Benchmarks;

/// <summary>
/// A server in a process of its own that reads each request and answers as many bytes as the real one, and does nothing
/// else: what asking it costs is the floor for every server behind the same transport and the same load generator.
/// </summary>
internal sealed class EmptyServer : IDisposable
{
    /// <summary>First argument of the process: the others are address, length of the answers and, with TLS, certificate and key.</summary>
    public const string Argument = "empty-server";

    private readonly ChildProcess _process;

    private EmptyServer(ChildProcess process, HttpClient http)
    {
        _process = process;
        Http = http;
    }

    public HttpClient Http { get; }

    /// <summary>Over mutual TLS as all backend processes listen, HTTP where there is no identity.</summary>
    public static async Task<EmptyServer> StartAsync(string folder, int answerLength, bool isTls)
    {
        Directory.CreateDirectory(folder);
        var address = new Uri($"{(isTls ? "https" : "http")}://127.0.0.1:{FreePort.Next()}");
        List<string> arguments =
        [
            typeof(EmptyServer).Assembly.Location, Argument, address.ToString(), answerLength.ToString(CultureInfo.InvariantCulture),
        ];
        HttpClient http;
        if (isTls)
        {
            using var authority = new TlsAuthority();
            TlsIdentity server = authority.IssueServer(folder, "server");
            TlsIdentity client = authority.IssueClient(folder, "client");
            string root = Path.Combine(folder, "root.pem");
            await File.WriteAllTextAsync(root, authority.RootPem);
            http = OperatorClient.CreateHttp(root, new SandboxDescription.PemPair(client.Certificate, client.Key));
            arguments.AddRange([server.Certificate, server.Key]);
        }
        else
        {
            http = new HttpClient();
        }

        http.BaseAddress = address;
        var environment = new Dictionary<string, string> { ["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0" }; // As our processes have it.
        ChildProcess process = ChildProcess.Start("empty server", "dotnet", arguments, Path.Combine(folder, "empty.log"), environment);
        var started = new EmptyServer(process, http);
        await started.WaitAsync();
        return started;
    }

    /// <summary>The process itself, until it is told to stop.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Listen(kestrel, arguments));
        await using WebApplication web = builder.Build();
        byte[] answer = new byte[int.Parse(arguments[2], CultureInfo.InvariantCulture)];
        web.Run(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null);
            context.Response.ContentLength = answer.Length;
            await context.Response.Body.WriteAsync(answer);
        });
        await web.RunAsync();
        return 0;
    }

    public void Dispose()
    {
        Http.Dispose();
        _process.Dispose();
    }

    private static void Listen(KestrelServerOptions kestrel, string[] arguments)
    {
        var address = new Uri(arguments[1]);
        if (arguments is [_, _, _, var certificate, var key])
        {
            kestrel.ListenMutual(address, new TlsOptions { Certificate = certificate, Key = key }, k => new RegisteredClient("anybody", "", k));
        }
        else
        {
            kestrel.Listen(System.Net.IPAddress.Loopback, address.Port);
        }
    }

    private async Task WaitAsync()
    {
        while (true)
        {
            try
            {
                _ = await Http.GetByteArrayAsync("/");
                return;
            }
            catch (HttpRequestException) when (!_process.HasExited)
            {
                await Task.Delay(20);
            }
            catch (HttpRequestException e)
            {
                throw new BenchmarkException($"The empty server ended; {_process.LogFile} says why. {e.Message}");
            }
        }
    }
}

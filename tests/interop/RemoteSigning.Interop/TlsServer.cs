using System.Globalization;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop;

/// <summary>
/// openssl s_server on loopback. It insists on a client certificate of the card's issuer, and resumes no session, so that each
/// connection needs a signature of the client.
/// </summary>
internal sealed class TlsServer : IDisposable
{
    private TlsServer(LivingProgram program, int port, string certificate)
    {
        Program = program;
        Port = port;
        Certificate = certificate;
    }

    public LivingProgram Program { get; }

    public int Port { get; }

    /// <summary>PEM file of the server's certificate, which is its own issuer.</summary>
    public string Certificate { get; }

    /// <param name="folder">Of the check; with <paramref name="files"/> the server gives out what lies there.</param>
    /// <param name="version">tls1_2 or tls1_3.</param>
    public static async Task<TlsServer> StartAsync(Card card, string folder, string version, bool files, CancellationToken cancel)
    {
        string certificate = Path.Combine(folder, "server.pem");
        string key = Path.Combine(folder, "server.key");
        card.Run("openssl",
        [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate,
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", "2",
        ]);
        int port = FreePort.Next();
        string options =
            $"-accept 127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)} -{version} -cert {certificate} -key {key} "
            + $"-CAfile {card.Chain} -Verify 3 -verify_return_error -no_ticket -no_cache {(files ? "-WWW" : "")}";
        LivingProgram program = LivingProgram.Start("bash", ["-c", $"cd {folder} && exec openssl s_server {options}"], card.Environment);
        try
        {
            await program.WaitForAsync("ACCEPT", 1, cancel);
            return new TlsServer(program, port, certificate);
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    public void Dispose() => Program.Dispose();
}

using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Authorization.Options;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Codes;

/// <summary>Sends SMS through an operator's HTTP gateway. Its answer is not read: it may quote the message.</summary>
internal sealed class SmsSender : ICodeSender, IDisposable
{
    private readonly SmsOptions _options;
    private readonly string? _secret;
    private readonly HttpClient _http;

    /// <exception cref="InvalidOperationException">The secret cannot be read, or a header cannot be one.</exception>
    public SmsSender(SmsOptions options)
    {
        _options = options;
        _secret = options.SecretFile is { } file ? OwnerOnlyFile.ReadLine(file) : null;
        _http = new HttpClient(new SocketsHttpHandler
        {
            // The code goes where the configuration says, and nowhere else.
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            // Without this a listener for traces would be given the URL, which may hold the code.
            ActivityHeadersPropagator = null,
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                CertificateChainPolicy = options.TrustedRoot is { } root
                    ? MutualTls.OnlyRoot(X509CertificateLoader.LoadCertificateFromFile(root))
                    : null,
            },
        });
        DemandHeaders();
    }

    public async Task SendAsync(string address, CodeMessage message, CancellationToken cancel)
    {
        try
        {
            using HttpRequestMessage request = SmsRequest.Create(_options, address, message.Text, _secret);
            using HttpResponseMessage answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
            if (!_options.SuccessStatus.Contains((int)answer.StatusCode))
            {
                throw new DeliveryException($"the SMS gateway answered {(int)answer.StatusCode}");
            }
        }
        catch (HttpRequestException e)
        {
            // The kind alone: the text may quote what the gateway said.
            throw new DeliveryException($"the request to the SMS gateway failed: {e.HttpRequestError}");
        }
        catch (OperationCanceledException)
        {
            throw new DeliveryException("the SMS gateway did not answer in time");
        }
    }

    public void Dispose() => _http.Dispose();

    private void DemandHeaders()
    {
        try
        {
            SmsRequest.Create(_options, "+0", "", _secret).Dispose();
        }
        catch (FormatException)
        {
            // The exception's text would show the value, and with it the secret.
            throw new InvalidOperationException("OneTimeCodes: one of Sms.Headers cannot be an HTTP header.");
        }
    }
}

using RemoteSigning.Contracts;
using RemoteSigning.Hosting;
using RemoteSigning.Pki.Authority;

namespace RemoteSigning.Pki;

/// <summary>
/// Lets only registered registration authorities through. On the mutual TLS listener the handshake has done so
/// already; on the public one nobody has a certificate, so that these functions are closed there.
/// </summary>
internal sealed class RegistrationAuthorityOnly(RegistrationAuthorities registered) : IEndpointFilter
{
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        _ = Caller(context.HttpContext, registered);
        return next(context);
    }

    /// <exception cref="ProblemException">The caller is not a registration authority.</exception>
    public static RegisteredClient Caller(HttpContext context, RegistrationAuthorities registered) =>
        context.Connection.ClientCertificate is null
            ? throw new ProblemException(
                Problem.NotSignedIn, ProblemCodes.CertificateRequired, "This function needs a registration authority's certificate.")
            : MutualTls.Caller(context, registered.Find)
                ?? throw new ProblemException(
                    Problem.NotAllowed, ProblemCodes.CallerUnknown, "This certificate is not registered.");
}

using System.Buffers.Text;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using RemoteSigning.Contracts;
using RemoteSigning.Hosting;
using RemoteSigning.Pki.Authority;

namespace RemoteSigning.Pki.Est;

/// <summary>Enrollment over Secure Transport (RFC 7030): cacerts and simpleenroll, the label chooses the profile.</summary>
internal static class EstApi
{
    private const string Base = "/.well-known/est";
    private const string RequestType = "application/pkcs10";
    private const int MaximumRequest = 16 * 1024;

    public static void MapEst(this IEndpointRouteBuilder routes)
    {
        routes.MapGet($"{Base}/cacerts", WriteAuthoritiesAsync);
        routes.MapPost($"{Base}/simpleenroll", Enroll(ProfileNames.Signature)).WithMetadata(new BodyLimit(MaximumRequest));
        foreach (string profile in CertificateProfiles.OfSigners)
        {
            routes.MapGet($"{Base}/{profile}/cacerts", WriteAuthoritiesAsync);
            routes.MapPost($"{Base}/{profile}/simpleenroll", Enroll(profile)).WithMetadata(new BodyLimit(MaximumRequest));
        }
    }

    /// <summary>RFC 7030, 4.1.</summary>
    private static Task WriteAuthoritiesAsync(HttpContext context, Authorities authorities, CancellationToken cancel) =>
        WriteAsync(context, "application/pkcs7-mime", [authorities.Issuing.Certificate, authorities.Root], cancel);

    /// <summary>RFC 7030, 4.2.</summary>
    private static Func<HttpContext, Enrollment, RegistrationAuthorities, CancellationToken, Task> Enroll(string profile) =>
        async (context, enrollment, registered, cancel) =>
        {
            byte[] request = await ReadAsync(context, cancel);
            RegisteredClient caller = RegistrationAuthorityOnly.Caller(context, registered);
            using X509Certificate2 certificate = await enrollment.EnrollAsync(caller, profile, request, cancel);
            await WriteAsync(context, "application/pkcs7-mime; smime-type=certs-only", [certificate], cancel);
        };

    private static async Task<byte[]> ReadAsync(HttpContext context, CancellationToken cancel)
    {
        if (context.Request.ContentType?.Split(';')[0].Trim().Equals(RequestType, StringComparison.OrdinalIgnoreCase) != true)
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.Malformed, $"The content type must be {RequestType}.");
        }

        byte[] body = await Bodies.ReadAsync(context, MaximumRequest, cancel);
        byte[] decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(body.Length)];
        return Base64.DecodeFromUtf8(body, decoded, out int consumed, out int written) == System.Buffers.OperationStatus.Done
            && consumed == body.Length && written > 0
            ? decoded[..written]
            : throw new ProblemException(Problem.InvalidRequest, ProblemCodes.Malformed, "The body is not base64.");
    }

    private static async Task WriteAsync(HttpContext context, string type, X509Certificate2[] certificates, CancellationToken cancel)
    {
        // Not null: a collection of certificates can always be exported as certs-only PKCS#7.
        byte[] der = new X509Certificate2Collection(certificates).Export(X509ContentType.Pkcs7)!;
        string text = Convert.ToBase64String(der, Base64FormattingOptions.InsertLineBreaks) + "\r\n";
        context.Response.ContentType = type;
        context.Response.Headers["Content-Transfer-Encoding"] = "base64";
        await context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes(text), cancel);
    }
}

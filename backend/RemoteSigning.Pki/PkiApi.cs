using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Pki;
using RemoteSigning.Hosting;
using RemoteSigning.Pki.Authority;
using RemoteSigning.Pki.Est;
using RemoteSigning.Pki.Ocsp;
using RemoteSigning.Pki.Revocation;
using RemoteSigning.Pki.Timestamping;

namespace RemoteSigning.Pki;

/// <summary>All routes. Those for registration authorities refuse everybody else, on whichever listener.</summary>
internal static class PkiApi
{
    private const int MaximumRequest = 4 * 1024;

    /// <param name="timestamping">Whether time-stamping is offered.</param>
    public static void Map(IEndpointRouteBuilder routes, bool timestamping)
    {
        routes.MapOcsp();
        if (timestamping)
        {
            routes.MapTimestamping();
        }

        routes.MapGet(PublicPaths.RevocationList(AuthorityNames.Issuing), RevocationList(AuthorityNames.Issuing));
        routes.MapGet(PublicPaths.RevocationList(AuthorityNames.Root), RevocationList(AuthorityNames.Root));
        routes.MapGet(PublicPaths.Certificate(AuthorityNames.Issuing), Certificate(a => a.Issuing.Certificate));
        routes.MapGet(PublicPaths.Certificate(AuthorityNames.Root), Certificate(a => a.Root));

        RouteGroupBuilder restricted = routes.MapGroup("").AddEndpointFilter<RouteGroupBuilder, RegistrationAuthorityOnly>();
        restricted.MapEst();
        restricted.MapPost("/pki/v1/revocations", RevokeAsync).WithMetadata(new BodyLimit(MaximumRequest));
    }

    private static async Task<IResult> RevokeAsync(
        HttpContext context, Revocations revocations, RegistrationAuthorities registered, CancellationToken cancel)
    {
        RegisteredClient caller = RegistrationAuthorityOnly.Caller(context, registered);
        RevocationRequest request =
            await JsonSerializer.DeserializeAsync(context.Request.Body, PkiJson.Default.RevocationRequest, cancel)
            ?? throw new ProblemException(Problem.InvalidRequest, ProblemCodes.Malformed, "The request is empty.");
        await revocations.RevokeAsync(caller, request, cancel);
        return Results.NoContent();
    }

    private static Func<RevocationLists, CancellationToken, Task<IResult>> RevocationList(string issuer) =>
        async (lists, cancel) => Results.Bytes(await lists.GetAsync(issuer, cancel), "application/pkix-crl");

    private static Func<Authorities, IResult> Certificate(Func<Authorities, X509Certificate2> select) =>
        authorities => Results.Bytes(select(authorities).RawData, "application/pkix-cert");
}

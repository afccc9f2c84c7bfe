using System.Reflection;
using Microsoft.Extensions.Options;
using RemoteSigning.Contracts.Csc;
using RemoteSigning.Server.Options;

namespace RemoteSigning.Server.Csc;

/// <summary>CSC <c>info</c> (CSC API 1.0.4.0, 11.1).</summary>
internal static class InfoEndpoint
{
    public const string Language = "en-US";

    public const string LogoPath = "/logo.png";

    private static readonly byte[] LogoImage = LoadLogo();

    public static async Task<IResult> HandleAsync(
        HttpContext context, CscFace face, IOptions<ServerOptions> options, CancellationToken cancel)
    {
        CscRequest request = await CscRequest.ReadAsync(context, cancel);
        request.CheckIgnored("lang");
        var answer = new InfoResponse(
            Specs: face.Specs,
            Name: options.Value.Name,
            Logo: new Uri(options.Value.PublicUrl!, LogoPath).ToString(), // It was checked at the start.
            Region: options.Value.Region,
            Lang: Language,
            Description: "Remote signatures with keys that never leave the hardware security module.",
            AuthType: ["basic"],
            Oauth2: null,
            Methods: CscApi.Offered(face));
        return CscAnswer.Json(context, face.Complete(answer), CscJson.Default.InfoResponse);
    }

    public static IResult Logo() => Results.Bytes(LogoImage, "image/png");

    private static byte[] LoadLogo()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("logo.png")
            ?? throw new InvalidOperationException("The program was built without its logo.");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}

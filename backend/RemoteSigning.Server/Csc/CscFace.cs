using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Csc;
using RemoteSigning.Server.Credentials;

namespace RemoteSigning.Server.Csc;

/// <summary>
/// One version of the CSC API as its clients see it: the names, sentences and shapes in which versions differ. What a
/// method does is written once, and asks the face of the request for these.
/// </summary>
internal abstract class CscFace
{
    public static CscFace V0 { get; } = new CscFace0();

    public static CscFace V1 { get; } = new CscFace1();

    public static CscFace V2 { get; } = new CscFace2();

    public static IReadOnlyList<CscFace> All { get; } = [V0, V1, V2];

    /// <summary>The number in the path.</summary>
    public abstract int Version { get; }

    public string Base => $"/csc/v{Version}";

    /// <summary><c>info.specs</c>.</summary>
    public abstract string Specs { get; }

    /// <summary>Name of the member with digests, everywhere but in <c>signatures/timestamp</c>.</summary>
    public abstract string Hashes { get; }

    /// <summary>Name of the member with the OID of the digests' algorithm, everywhere but in <c>signatures/timestamp</c>.</summary>
    public abstract string HashAlgorithm { get; }

    /// <summary>The face of the version that is called; that of v1 outside of <c>/csc</c>.</summary>
    public static CscFace Of(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<CscFace>() ?? V1;

    /// <summary>Lets a handler have its face as a parameter.</summary>
    public static ValueTask<CscFace> BindAsync(HttpContext context) => ValueTask.FromResult(Of(context));

    /// <summary>A sentence as this version ends it: some error texts differ in the dot only.</summary>
    public abstract string Sentence(string text);

    /// <summary>What is wrong with the header <c>Authorization</c> of a method that needs a bearer token.</summary>
    public abstract string MalformedHeader(string method);

    public abstract string ExpiredCertificate(Credential credential);

    /// <summary>The refusal for a factor that is missing, wrong or locked; null when the code says something else.</summary>
    public abstract CscException? FactorRefusal(string code);

    /// <summary>What the signer proves himself with at <c>credentials/authorize</c>.</summary>
    public abstract SignerFactors ReadFactors(CscRequest body);

    /// <summary>The algorithm that digests are approved for at <c>credentials/authorize</c>; null when none is named.</summary>
    public abstract DigestAlgorithm? ReadApprovedDigest(CscRequest body);

    /// <summary>Whether and how signatures are to be made without the caller waiting; null where he waits.</summary>
    public virtual AsynchronousOperation? ReadOperation(CscRequest body) => null;

    /// <summary><c>info</c> with what this version adds.</summary>
    public virtual InfoResponse Complete(InfoResponse common) => common;

    /// <summary>The answer of <c>credentials/info</c>.</summary>
    public abstract IResult AnswerInfo(HttpContext context, CredentialView view);
}

using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Api;
using RemoteSigning.Sam.Audit;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Sad;

/// <summary>
/// Checks 1 to 5 of a signature request, in the order that docs/sam.md lists; the first that fails is the
/// reason in the audit record. Check 6, the reservation, belongs to <see cref="EpochKeeper"/>.
/// </summary>
internal sealed class SadVerifier(EpochKeeper epochs, AuditLogs logs, TimeProvider clock)
{
    private const int LongestJti = 128;
    private const long LastSecond = 253_402_300_799;

    /// <summary>Check 1 and the first half of check 2: who says so, and to whom. A SAD that passes is ours to spend.</summary>
    public static VerifiedSad Identify(string compact, SamRequest request)
    {
        SadClaims claims = CheckOrigin(compact, request);
        ActivationContent content = ReadContent(claims);
        var sad = new VerifiedSad(claims, content);
        request.Draft.Add(sad);
        CheckAddressee(sad, request);
        return sad;
    }

    /// <summary>The rest of check 2, and check 3: when, how often, and how sure of the signer.</summary>
    public void CheckLifeAndAssurance(VerifiedSad sad, Registry registry)
    {
        CheckTime(sad);
        if (epochs.IsUsed(sad.Claims.Iss, sad.Claims.Jti))
        {
            throw Refusals.Create(ProblemCodes.SadUsed, "the SAD was used before");
        }

        if (!AssuranceLevel.Satisfies(sad.Claims.Acr, registry.MinimumAcr))
        {
            throw Refusals.Create(ProblemCodes.AssuranceTooLow, $"acr {sad.Claims.Acr} is below {registry.MinimumAcr}");
        }
    }

    /// <summary>Check 4, the part that ties the SAD to the signer and the key of the request.</summary>
    public static void CheckSignerAndKey(VerifiedSad sad, Signer signer, SealedKey key)
    {
        if (sad.Content.Signer != signer.Id)
        {
            throw Refusals.Create(ProblemCodes.SadWrongSigner, "the SAD is for another signer");
        }

        if (sad.Content.KeyId != key.KeyId)
        {
            throw Refusals.Create(ProblemCodes.SadWrongKey, "the SAD is for another key");
        }
    }

    /// <summary>Check 5: exactly the approved things, each as often as approved.</summary>
    public static void CheckSet(VerifiedSad sad, IReadOnlyList<ActivationEntry> entries)
    {
        if (sad.Content.Count != entries.Count)
        {
            throw Refusals.Create(ProblemCodes.SadWrongSet, $"{entries.Count} asked, {sad.Content.Count} approved");
        }

        string digest = Base64Url.EncodeToString(ActivationSet.Digest(entries));
        if (sad.Content.SetDigest != digest)
        {
            throw Refusals.Create(ProblemCodes.SadWrongSet, $"the set {digest} is not the approved one");
        }
    }

    private static SadClaims CheckOrigin(string compact, SamRequest request)
    {
        Registry registry = request.Configuration.Registry;
        if (compact.Length > SadClaims.MaximumLength || !CompactJws.TryRead(compact, SadClaims.JwsType, out CompactJws? jws))
        {
            throw Refusals.Create(ProblemCodes.SadInvalid, "not a compact JWS of type sad+jwt with ES256");
        }

        SadClaims claims = Read(jws.Payload, StrictJson.Activation.SadClaims, "claims");
        if (registry.AuthorizationServer(claims.Iss) is not { } key)
        {
            throw Refusals.Create(ProblemCodes.SadInvalid, "the issuer is not registered");
        }

        if (!key.Use(jws.Verify))
        {
            throw Refusals.Create(ProblemCodes.SadInvalid, $"the signature is not by the key of {claims.Iss}");
        }

        return registry.MayBring(request.Caller, claims.Iss)
            ? claims
            : throw Refusals.Create(ProblemCodes.SadInvalid, $"{request.Caller.Id} may not bring SADs of {claims.Iss}");
    }

    private static ActivationContent ReadContent(SadClaims claims)
    {
        ActivationContent content = Read(
            Encoding.UTF8.GetBytes(claims.Content), StrictJson.Activation.ActivationContent, "content");
        return content.V == ActivationContent.CurrentVersion && claims.Jti.Length is > 0 and <= LongestJti
            ? content
            : throw Refusals.Create(ProblemCodes.SadInvalid, "the content has an unknown version, or the jti an impossible length");
    }

    private static void CheckAddressee(VerifiedSad sad, SamRequest request)
    {
        string node = request.Configuration.Registry.Node;
        if (sad.Claims.Aud != node || sad.Content.Node != node)
        {
            throw Refusals.Create(ProblemCodes.SadWrongNode, "the SAD is for another node");
        }

        if (sad.Claims.Epoch != request.Epoch || sad.Content.Epoch != request.Epoch)
        {
            throw Refusals.Create(ProblemCodes.SadWrongEpoch, "the SAD is for another epoch");
        }
    }

    private void CheckTime(VerifiedSad sad)
    {
        (long issued, long expires, long notAfter) = (sad.Claims.Iat, sad.Claims.Exp, sad.Content.NotAfter);
        if (issued is < 0 or > LastSecond || expires is < 0 or > LastSecond || notAfter is < 0 or > LastSecond)
        {
            throw Refusals.Create(ProblemCodes.SadInvalid, "a time is impossible");
        }

        if (expires <= issued || expires - issued > (long)SadClaims.MaximumLife.TotalSeconds)
        {
            throw Refusals.Create(ProblemCodes.SadInvalid, $"a life of {expires - issued} s is not allowed");
        }

        DateTimeOffset now = clock.GetUtcNow();
        if (DateTimeOffset.FromUnixTimeSeconds(issued) > now + EpochKeeper.Skew)
        {
            throw Refusals.Create(ProblemCodes.SadInvalid, "the SAD is dated in the future");
        }

        if (now > sad.DeadAfter + EpochKeeper.Skew)
        {
            throw Refusals.Create(ProblemCodes.SadExpired, "the SAD or what was activated has expired");
        }

        // Whole seconds are compared, as iat has no others.
        if (issued < (logs.LastTime - EpochKeeper.Skew).ToUnixTimeSeconds())
        {
            throw Refusals.Create(ProblemCodes.SadExpired, "the SAD is dated before the last audit record");
        }
    }

    private static T Read<T>(byte[] json, JsonTypeInfo<T> type, string what)
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw Refusals.Create(ProblemCodes.SadInvalid, $"the SAD's {what} cannot be read", e);
        }
    }
}

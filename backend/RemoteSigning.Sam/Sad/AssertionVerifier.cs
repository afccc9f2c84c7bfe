using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Sam.Api;
using RemoteSigning.Sam.Configuration;

namespace RemoteSigning.Sam.Sad;

/// <summary>The checks that SAD and SKAD share: who says so, to whom, when, and how often.</summary>
internal sealed class AssertionVerifier(EpochKeeper epochs, TimeProvider clock)
{
    private const int LongestJti = 128;
    private const long LastSecond = 253_402_300_799;

    /// <summary>The claims of a JWS by a registered authorization server that this caller may bring.</summary>
    /// <exception cref="ProblemException">It is none.</exception>
    public static T ReadClaims<T>(
        string compact, AssertionKind kind, SamRequest request, JsonTypeInfo<T> type, Func<T, (string Issuer, string Jti)> name)
    {
        Registry registry = request.Configuration.Registry;
        if (compact.Length > kind.MaximumLength || !CompactJws.TryRead(compact, kind.JwsType, out CompactJws? jws))
        {
            throw Refusals.Create(kind.Invalid, $"not a compact JWS of type {kind.JwsType} with ES256");
        }

        using CompactJws wiped = jws;
        T claims = Read(jws.Payload, kind, type, "claims");
        (string issuer, string jti) = name(claims);
        if (registry.AuthorizationServer(issuer) is not { } key)
        {
            throw Refusals.Create(kind.Invalid, "the issuer is not registered");
        }

        if (!key.Use(jws.Verify))
        {
            throw Refusals.Create(kind.Invalid, $"the signature is not by the key of {issuer}");
        }

        if (!registry.MayBring(request.Caller, issuer))
        {
            throw Refusals.Create(kind.Invalid, $"{request.Caller.Id} may not bring {kind.Name}s of {issuer}");
        }

        return jti.Length is > 0 and <= LongestJti ? claims : throw Refusals.Create(kind.Invalid, "the jti has an impossible length");
    }

    /// <summary>The content, out of the string in the claims.</summary>
    /// <exception cref="ProblemException">It cannot be read.</exception>
    public static T ReadContent<T>(string content, AssertionKind kind, JsonTypeInfo<T> type) =>
        Read(Encoding.UTF8.GetBytes(content), kind, type, "content");

    /// <exception cref="ProblemException">Its times are none.</exception>
    public static void CheckForm(IAssertion assertion)
    {
        if (assertion.Issued is < 0 or > LastSecond || assertion.Expires is < 0 or > LastSecond || assertion.NotAfter is < 0 or > LastSecond)
        {
            throw Refusals.Create(assertion.Kind.Invalid, "a time is impossible");
        }
    }

    /// <exception cref="ProblemException">It is for another node, or another epoch of this one.</exception>
    public static void CheckAddressee(IAssertion assertion, SamRequest request)
    {
        (string node, string epoch) = (request.Configuration.Registry.Node, request.Epoch);
        if (assertion.Node != (node, node))
        {
            throw Refusals.Create(assertion.Kind.WrongNode, $"the {assertion.Kind.Name} is for another node");
        }

        if (assertion.Epoch != (epoch, epoch))
        {
            throw Refusals.Create(assertion.Kind.WrongEpoch, $"the {assertion.Kind.Name} is for another epoch");
        }
    }

    /// <exception cref="ProblemException">It is not in its time, or was used.</exception>
    public void CheckLife(IAssertion assertion)
    {
        CheckTime(assertion);
        if (epochs.IsUsed(assertion))
        {
            throw Refusals.Create(assertion.Kind.Used, $"the {assertion.Kind.Name} was used before");
        }
    }

    private void CheckTime(IAssertion assertion)
    {
        (AssertionKind kind, long issued, long expires) = (assertion.Kind, assertion.Issued, assertion.Expires);
        if (expires <= issued || expires - issued > (long)SadClaims.MaximumLife.TotalSeconds)
        {
            throw Refusals.Create(kind.Invalid, $"a life of {expires - issued} s is not allowed");
        }

        DateTimeOffset now = clock.GetUtcNow();
        if (DateTimeOffset.FromUnixTimeSeconds(issued) > now + EpochKeeper.Skew)
        {
            throw Refusals.Create(kind.Invalid, $"the {kind.Name} is dated in the future");
        }

        if (now > assertion.DeadAfter + EpochKeeper.Skew)
        {
            throw Refusals.Create(kind.Expired, $"the {kind.Name} or its content has expired");
        }

        // Whole seconds are compared, as iat has no others.
        if (issued < (epochs.NotBefore - EpochKeeper.Skew).ToUnixTimeSeconds())
        {
            throw Refusals.Create(kind.Expired, $"the {kind.Name} is dated before the last audit record of the time before this epoch");
        }
    }

    private static T Read<T>(ReadOnlySpan<byte> json, AssertionKind kind, JsonTypeInfo<T> type, string what)
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw Refusals.Create(kind.Invalid, $"the {kind.Name}'s {what} cannot be read", e);
        }
    }
}

using System.Formats.Asn1;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using RemoteSigning.Agent.Core.Card;
using RemoteSigning.Agent.Core.Csc;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Agent.Core.Signing;

/// <summary><c>C_Sign</c> and <c>C_Verify</c>: policy, consent and factors, the server's signature, and a check of it.</summary>
internal sealed class CardSigner(CardMode mode, CardContents card, SignerAccount account, Consent consent, ServerQueue queue, ILogger log)
{
    private enum PinSource
    {
        None,
        ThisSignature,
        Login,
        Prompt,
    }

    public async Task<byte[]> SignAsync(SignRequest request, ApplicationInstance application, Peer peer, CancellationToken cancellation)
    {
        long began = queue.Now;
        account.RequireSignIn();
        Credential credential = Find(request.Credential);
        SignatureAlgorithm algorithm = ReadAlgorithm(credential, request.Scheme, request.Hash, request.SaltLength, request.Digest);
        if (credential.Unusable is not null)
        {
            throw new ProblemException(Problem.CredentialUnusable, ProblemCodes.KeyDisabled, $"{credential.Label} cannot sign. {credential.Unusable}");
        }

        if (mode != CardMode.Agent && !application.IsLoggedIn)
        {
            throw NotLoggedIn();
        }

        string? complaint = null;
        while (true)
        {
            (SignatureApproval factors, PinSource source) = await CollectAsync(credential, algorithm, request, application, peer, complaint, cancellation);
            using (factors)
            {
                try
                {
                    return await queue.RunAsync(began, c => SignAsync(credential, algorithm, request.Digest, factors, peer, c), cancellation);
                }
                catch (ProblemException e) when (e.Problem is Problem.PinIncorrect or Problem.PinLocked)
                {
                    complaint = ComplainOrThrow(e, source, application);
                }
            }
        }
    }

    /// <summary>Local: asks nobody, changes nothing.</summary>
    public bool Verify(VerifyRequest request)
    {
        account.RequireSignIn();
        Credential credential = Find(request.Credential);
        SignatureAlgorithm algorithm = ReadAlgorithm(credential, request.Scheme, request.Hash, request.SaltLength, request.Digest);
        return SignatureCheck.Verify(credential.Certificate, algorithm, request.Digest, request.Signature);
    }

    private static ProblemException NotLoggedIn(Exception? cause = null) => new(
        Problem.NotSignedIn, ProblemCodes.PinMissing, "The program has not logged in to the card with a PIN that holds.", cause);

    private static SignatureAlgorithm ReadAlgorithm(Credential credential, byte scheme, byte hash, ushort saltLength, byte[] digest)
    {
        DigestAlgorithm? digestAlgorithm = CardHash.FromNumber(hash);
        if (digestAlgorithm is null || !Enum.IsDefined((SignatureScheme)scheme))
        {
            throw Unsupported(credential);
        }

        var algorithm = new SignatureAlgorithm((SignatureScheme)scheme, digestAlgorithm, saltLength);
        if (!credential.Allows(algorithm))
        {
            throw Unsupported(credential);
        }

        if (digest.Length != digestAlgorithm.Length)
        {
            throw new ProblemException(
                Problem.DataLength, ProblemCodes.DigestLength, $"A {digestAlgorithm.Name.Name} digest has {digestAlgorithm.Length} bytes, not {digest.Length}.");
        }

        // RFC 8017, 9.1.1: the encoded message holds digest, salt and two bytes.
        bool isPss = algorithm.Scheme == SignatureScheme.RsaPss;
        int room = ((credential.OnCard.KeyBits + 6) / 8) - digestAlgorithm.Length - 2;
        return saltLength == 0 || (isPss && saltLength <= room) ? algorithm : throw Unsupported(credential);
    }

    private static ProblemException Unsupported(Credential credential) => new(
        Problem.UnsupportedAlgorithm, ProblemCodes.AlgorithmUnsupported, $"{credential.Label} does not sign with this algorithm.");

    private Credential Find(string id) => card.Current.Credentials.FirstOrDefault(c => c.Id == id)
        ?? throw new ProblemException(Problem.UnknownKey, ProblemCodes.CredentialUnknown, "The card holds no such key any more.");

    private async Task<(SignatureApproval Factors, PinSource Source)> CollectAsync(
        Credential credential, SignatureAlgorithm algorithm, SignRequest request, ApplicationInstance application, Peer peer,
        string? complaint, CancellationToken cancellation)
    {
        if (request.Pin.Length > CardProtocol.MaximumPin)
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.PinInvalid, $"A PIN has at most {CardProtocol.MaximumPin} bytes.");
        }

        (Secret? pin, PinSource source) = credential.NeedsPin ? KnownPin(credential, request, application) : (null, PinSource.None);
        bool asksPin = credential.NeedsPin && pin is null;
        if (mode == CardMode.Pin && asksPin)
        {
            throw NotLoggedIn();
        }

        if (mode == CardMode.Pin && !credential.NeedsOtp)
        {
            // The PIN that the program was given is the consent.
            return (new SignatureApproval(pin, null), source);
        }

        try
        {
            var question = new SignatureQuestion(
                peer.Program, credential.Label, credential.IsSignature, algorithm.Digest.Name.Name ?? "", Convert.ToHexStringLower(request.Digest),
                request.Use.Length == 0 ? null : DisplayText.Quote(request.Use), asksPin, credential.NeedsOtp, complaint,
                credential.SentCode);
            SignatureApproval approval = await consent.ApproveAsync(
                question, request.Silent, token => SendCodeAsync(credential, complaint, token), cancellation);
            return asksPin ? (approval, PinSource.Prompt) : (approval with { Pin = pin }, source);
        }
        catch
        {
            pin?.Dispose();
            throw;
        }
    }

    /// <summary>One code for each signature: a factor that was wrong has not used it up.</summary>
    private async Task SendCodeAsync(Credential credential, string? complaint, CancellationToken cancellation)
    {
        if (credential.SentCode is null || complaint is not null)
        {
            return;
        }

        if (!consent.MayAskAgain)
        {
            throw new ProblemException(
                Problem.NotAllowed, ProblemCodes.OtpMissing, $"The one-time codes of {credential.Label} are sent to a person, but this agent asks nobody.");
        }

        await account.SendCodeAsync(credential, cancellation);
    }

    private (Secret? Pin, PinSource Source) KnownPin(Credential credential, SignRequest request, ApplicationInstance application)
    {
        if (request.Pin.Length > 0)
        {
            return (new Secret(request.Pin.Span), PinSource.ThisSignature);
        }

        return mode == CardMode.Pin && credential.PinPerSignature
            ? (null, PinSource.None)
            : (application.CopyPin(), PinSource.Login);
    }

    /// <summary>What a refused factor means depends on where it came from.</summary>
    private string ComplainOrThrow(ProblemException refusal, PinSource source, ApplicationInstance application)
    {
        bool isPin = refusal.Code is ProblemCodes.PinInvalid or ProblemCodes.PinLocked;
        if (isPin && source == PinSource.Login)
        {
            application.LogOut();
            throw refusal.Problem == Problem.PinLocked ? refusal : NotLoggedIn(refusal);
        }

        bool wasTyped = !isPin || source == PinSource.Prompt;
        return wasTyped && refusal.Problem == Problem.PinIncorrect && consent.MayAskAgain ? refusal.Message : throw refusal;
    }

    private async Task<byte[]> SignAsync(
        Credential credential, SignatureAlgorithm algorithm, byte[] digest, SignatureApproval factors, Peer peer, CancellationToken cancellation)
    {
        byte[] signature = await account.SignAsync(credential, algorithm, digest, factors, peer, cancellation);
        try
        {
            byte[] onCard = SignatureCheck.ToCard(algorithm, credential.OnCard.KeyBits, signature);
            if (SignatureCheck.Verify(credential.Certificate, algorithm, digest, onCard))
            {
                Log.Signed(log, credential.Id, algorithm.Oid, peer.Program);
                return onCard;
            }
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            throw Wrong(e);
        }

        throw Wrong(null);
    }

    private static ProblemException Wrong(Exception? cause) => new(
        Problem.Internal, ProblemCodes.IntegrityError,
        "Signing failed: what the server sent is not a signature of this key over this digest. Report this to whoever runs the server.", cause);
}

using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Server.Credentials;
using RemoteSigning.Server.Peers;
using RemoteSigning.Server.Signing;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Enrollment;

/// <summary>
/// Makes a credential: generate, assign, prove possession, have it certified, seal the certificate, register the
/// factors. Each state is stored before the next step builds on it. A step that fails ends the course: what is
/// there stays, unusable and invisible to the CSC API, until it is deleted. A caller who goes away does not stop it:
/// what the peers have done has to be stored.
/// </summary>
internal sealed partial class EnrollmentCourse(
    IDbContextFactory<ServerDatabase> databases,
    SamNodes sams,
    PkiClient pki,
    AuthorizationClient authorization,
    ReceiptStore receipts,
    TimeProvider clock,
    ILogger<EnrollmentCourse> logger)
{
    /// <summary>The whole course of a key without devices.</summary>
    /// <exception cref="ProblemException">The request or one of the steps was refused.</exception>
    public async Task<CredentialCreated> RunAsync(string signerId, CredentialRequest request, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        CredentialRow row = await GenerateAsync(database, signerId, request, cancel);
        await Step("assign", row, () => AssignAsync(database, row));
        return await FinishAsync(database, row);
    }

    /// <summary>The beginning of each course: a key that nobody owns yet.</summary>
    /// <exception cref="ProblemException">The request or the step was refused.</exception>
    public async Task<CredentialRow> GenerateAsync(ServerDatabase database, string signerId, CredentialRequest request, CancellationToken cancel)
    {
        EnrollmentRules.Check(request);
        SignerRow signer = await database.Signers.SingleOrDefaultAsync(s => s.Id == signerId, cancel)
            ?? throw new ProblemException(Problem.InvalidRequest, ProblemCodes.NotFound, "There is no such signer.");
        if (await database.Credentials.CountAsync(c => c.SignerId == signerId, cancel) >= EnrollmentRules.MostCredentials)
        {
            throw new ProblemException(
                Problem.LimitReached, ProblemCodes.Conflict, $"A signer has at most {EnrollmentRules.MostCredentials} credentials.");
        }

        CredentialRow row = NewRow(signer, request);
        database.Credentials.Add(row);
        await database.SaveChangesAsync(cancel);

        await Step("generate", row, () => GenerateAsync(database, row, request.KeyTemplate));
        return row;
    }

    /// <summary>The rest of the course, once the key has its owner.</summary>
    /// <param name="row">With its signer.</param>
    /// <exception cref="ProblemException">One of the steps was refused.</exception>
    public async Task<CredentialCreated> FinishAsync(ServerDatabase database, CredentialRow row)
    {
        SignerRow signer = row.Signer ?? throw new ArgumentException("The credential comes without its signer.", nameof(row));
        byte[] certificationRequest = await Step("prove possession", row, () => RequestCertificateAsync(row, signer.Email));
        await Step("issue certificate", row, () => IssueAsync(database, row, certificationRequest));
        await Step("certify", row, () => CertifyAsync(database, row));
        await Step("register factors", row, () => RegisterAsync(database, row));
        LogReady(row.Id, row.SignerId, row.Purpose, row.KeyPair.KeyId);
        return new CredentialCreated(row.Id, row.Label, row.KeyPair.KeyId, row.Certificate!); // IssueAsync has set it.
    }

    private CredentialRow NewRow(SignerRow signer, CredentialRequest request) => new()
    {
        Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
        SignerId = signer.Id,
        State = CredentialState.Requested,
        Label = request.Label,
        Purpose = request.Purpose,
        Scal = request.Scal,
        AuthMode = request.AuthMode,
        Pin = request.Pin,
        Otp = request.Otp,
        OtpChannel = request.OtpChannel,
        Multisign = request.Multisign,
        Policy = request.Policy,
        Subject = DistinguishedName.OfPerson(signer.GivenName, signer.FamilyName),
        CreatedAt = clock.GetUtcNow(),
    };

    private async Task<CredentialState> GenerateAsync(
        ServerDatabase database, CredentialRow row, KeyTemplate template)
    {
        KeyPair generated = await sams.UseAsync(s => s.GenerateAsync(new GenerateKeyPairRequest(template), CancellationToken.None));
        return await StoreAsync(database, row, generated, CredentialState.Generated);
    }

    private async Task<CredentialState> AssignAsync(ServerDatabase database, CredentialRow row)
    {
        KeyPair assigned = await sams.UseAsync(s => s.AssignAsync(
            new AssignKeyPairRequest(row.KeyPair, new Signer(row.SignerId), row.Subject, row.Purpose, KeyPolicies.Delegated), null, CancellationToken.None));
        return await StoreAsync(database, row, assigned, CredentialState.Assigned);
    }

    /// <summary>The PKCS#10 request, signed by the key in the SAM.</summary>
    private async Task<byte[]> RequestCertificateAsync(CredentialRow row, string email)
    {
        var key = KeyInfo.Of(row.KeyPair.PublicKey);
        SignatureAlgorithm algorithm = key.RequestAlgorithm;
        byte[] info = CertificationRequest.Info(new X500DistinguishedName(row.Subject), key.SubjectPublicKeyInfo, email);
        ProofOfPossession proof = await sams.UseAsync(s => s.ProvePossessionAsync(
            new ProofOfPossessionRequest(row.KeyPair, new SignatureRequest(info, algorithm.Oid)), CancellationToken.None));
        await StoreReceiptAsync(row, proof.Audit);
        return key.Verify(algorithm, CryptographicOperations.HashData(algorithm.Digest.Name, info), proof.Signature)
            ? CertificationRequest.Complete(info, algorithm, proof.Signature)
            : throw PeerException.Unbelievable(SamClient.Name, "The SAM's proof of possession does not verify.");
    }

    private async Task<CredentialState> IssueAsync(
        ServerDatabase database, CredentialRow row, byte[] certificationRequest)
    {
        X509Certificate2Collection authorities = await pki.GetAuthoritiesAsync(CancellationToken.None);
        X509Certificate2Collection answer = await pki.EnrollAsync(row.Purpose, certificationRequest, CancellationToken.None);
        IssuedCertificate issued = IssuedCertificate.Check(
            answer, authorities, KeyInfo.Of(row.KeyPair.PublicKey).SubjectPublicKeyInfo, row.Subject, clock.GetUtcNow());
        row.Certificate = issued.Certificate;
        row.Issuers = issued.Issuers;
        row.NotBefore = issued.NotBefore;
        row.NotAfter = issued.NotAfter;
        return await SaveAsync(database, row, CredentialState.Issued);
    }

    private async Task<CredentialState> CertifyAsync(ServerDatabase database, CredentialRow row)
    {
        KeyPair certified = await sams.UseAsync(s => s.ChangeStatusAsync(
            new ChangeStatusRequest(row.KeyPair, new Signer(row.SignerId), new KeyPairStatus(true, true), row.Certificate), CancellationToken.None));
        row.Enabled = true;
        return await StoreAsync(database, row, certified, CredentialState.Certified);
    }

    private async Task<CredentialState> RegisterAsync(ServerDatabase database, CredentialRow row)
    {
        await authorization.RegisterAsync(
            new CredentialRegistration(
                row.Id, row.KeyPair.KeyId, row.SignerId, row.Scal, row.AuthMode, row.Pin, row.Otp, row.Multisign, row.OtpChannel, row.Policy),
            CancellationToken.None);
        return await SaveAsync(database, row, CredentialState.Ready);
    }

    /// <summary>The next version of the key object, and the SAM's proof of it.</summary>
    public async Task<CredentialState> StoreAsync(
        ServerDatabase database, CredentialRow row, KeyPair keyPair, CredentialState state)
    {
        if (row.KeyId is not null && (row.KeyId != keyPair.KeyId || row.PublicKey != keyPair.PublicKey))
        {
            throw PeerException.Unbelievable(SamClient.Name, "The SAM answered another key pair than the one it was given.");
        }

        row.Store(keyPair);
        await SaveAsync(database, row, state);
        await StoreReceiptAsync(row, keyPair.Audit);
        return state;
    }

    private static async Task<CredentialState> SaveAsync(
        ServerDatabase database, CredentialRow row, CredentialState state)
    {
        row.State = state;
        await database.SaveChangesAsync(CancellationToken.None);
        return state;
    }

    private Task StoreReceiptAsync(CredentialRow row, LogProof? proof) =>
        receipts.StoreAsync(row.Id, proof!, CancellationToken.None); // The client of the SAM accepts no answer without proof.

    /// <summary>A failure names the step, and says what is left behind.</summary>
    public async Task<T> Step<T>(string name, CredentialRow row, Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (PeerException failure)
        {
            LogFailed(name, row.Id, failure.Peer, failure.Code, failure.Message, failure.InnerException?.Message);
            Problem problem = failure.Problem == Problem.Internal ? Problem.Unavailable : failure.Problem;
            throw new ProblemException(problem, failure.Code, LeftBehind(name, failure.Message, row), failure);
        }
        catch (Exception failure) when (PostgreSql.IsUnavailable(failure))
        {
            Exception cause = failure.GetBaseException();
            LogFailed(name, row.Id, PostgreSql.Name, ProblemCodes.ServiceUnavailable, PostgreSql.UnavailableText, cause.Message);
            throw new ProblemException(
                Problem.Unavailable, ProblemCodes.ServiceUnavailable, LeftBehind(name, PostgreSql.UnavailableText, row), cause);
        }
    }

    private static string LeftBehind(string step, string text, CredentialRow row) =>
        $"The step \"{step}\" failed: {text} The credential {row.Id} stays unfinished and unusable: delete it and create a new one.";

    [LoggerMessage(6201, LogLevel.Information, "Credential {Credential} of signer {Signer} ({Purpose}, key {KeyId}) is ready")]
    private partial void LogReady(string credential, string signer, string purpose, string keyId);

    [LoggerMessage(6202, LogLevel.Warning, "Step {Step} of credential {Credential} failed, because of {Peer} ({Code}): {Text} {Cause}")]
    private partial void LogFailed(string step, string credential, string peer, string code, string text, string? cause);
}

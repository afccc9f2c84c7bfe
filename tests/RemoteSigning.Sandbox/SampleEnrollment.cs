using System.Collections.Concurrent;
using System.Security.Cryptography;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Enrollment;

namespace RemoteSigning.Sandbox;

/// <summary>What an operator does for a new signer.</summary>
internal static class SampleEnrollment
{
    /// <summary>Makes the account, makes the signer known to the server, and has it make the credentials, several at a time.</summary>
    /// <exception cref="SandboxException">One of them refused.</exception>
    public static async Task<SandboxDescription.Signer> EnrollAsync(OperatorClient asOperator, SampleSigner sample, CancellationToken cancel)
    {
        string password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        Account account = await asOperator.CreateAccountAsync(
            new AccountRequest(sample.Email, sample.GivenName, sample.FamilyName, password, SampleSigner.Pin), cancel);
        await asOperator.CreateSignerAsync(
            new SignerRequest(account.Signer, sample.Email, sample.GivenName, sample.FamilyName), cancel);
        var credentials = new ConcurrentDictionary<SampleCredential, SandboxDescription.Credential>();
        var limits = new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancel };
        await Parallel.ForEachAsync(sample.Credentials, limits, async (c, stop) =>
        {
            CredentialCreated created = await asOperator.CreateCredentialAsync(
                account.Signer, new CredentialRequest(c.Label, c.Key, c.Purpose, c.Scal, c.AuthMode, c.Pin, c.Otp, OtpChannel: c.OtpChannel), stop);
            credentials[c] = new(created.Id, c.Label, c.Algorithm, c.Purpose, c.Scal, c.AuthMode, c.Pin, c.Otp, c.OtpChannel);
        });
        return new SandboxDescription.Signer(
            account.Signer, sample.Email, password, account.TotpSecret!, SampleSigner.Pin, [.. sample.Credentials.Select(c => credentials[c])]);
    }
}

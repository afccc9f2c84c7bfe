using System.Security.Cryptography;
using Microsoft.AspNetCore.Identity;

namespace RemoteSigning.Authorization.Factors;

/// <summary>Passwords by the hasher of ASP.NET Core Identity (PBKDF2, HMAC-SHA512).</summary>
internal sealed class Passwords
{
    // OWASP Password Storage Cheat Sheet: 210,000 for PBKDF2-HMAC-SHA512.
    private readonly PasswordHasher<Passwords> _hasher = new(
        Microsoft.Extensions.Options.Options.Create(new PasswordHasherOptions { IterationCount = 210_000 }));

    private readonly string _nobody;

    public Passwords() => _nobody = Hash(Convert.ToHexString(RandomNumberGenerator.GetBytes(32)));

    public string Hash(string password) => _hasher.HashPassword(this, password);

    /// <summary>
    /// Verifies against <paramref name="hash"/>. For null it does the same work against a password that nobody
    /// knows, so that the time does not tell whether there is an account.
    /// </summary>
    public PasswordVerificationResult Verify(string? hash, string password)
    {
        PasswordVerificationResult result = _hasher.VerifyHashedPassword(this, hash ?? _nobody, password);
        return hash is null ? PasswordVerificationResult.Failed : result;
    }
}

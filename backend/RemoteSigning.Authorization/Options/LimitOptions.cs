using System.ComponentModel.DataAnnotations;
using RemoteSigning.Contracts.Activation;

namespace RemoteSigning.Authorization.Options;

/// <summary>How long things live, and how many passwords may be tried.</summary>
internal sealed class LimitOptions
{
    [Range(60, 24 * 3600)]
    public int AccessTokenSeconds { get; set; } = 3600;

    /// <summary>Counted anew at each exchange.</summary>
    [Range(1, 365)]
    public int RefreshTokenDays { get; set; } = 30;

    /// <summary>Life of the CSC <c>SAD</c>.</summary>
    [Range(30, 3600)]
    public int SadSeconds { get; set; } = 300;

    /// <summary>No extension makes a transaction live longer than this after its approval.</summary>
    [Range(30, 24 * 3600)]
    public int TransactionSeconds { get; set; } = 3600;

    /// <summary>Life of a SAM SAD; see <see cref="SadClaims.MaximumLife"/>.</summary>
    [Range(30, 60)]
    public int ActivationSeconds { get; set; } = 45;

    /// <summary>Wrong passwords in a row that lock the account.</summary>
    [Range(3, 100)]
    public int PasswordFailures { get; set; } = 10;

    /// <summary>How long that lock holds; it ends by itself, or anybody could shut anybody out.</summary>
    [Range(1, 24 * 60)]
    public int PasswordLockMinutes { get; set; } = 15;
}

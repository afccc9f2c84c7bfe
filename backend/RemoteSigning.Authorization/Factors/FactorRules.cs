using RemoteSigning.Contracts;

namespace RemoteSigning.Authorization.Factors;

/// <summary>What may be set as a password or as a signing PIN.</summary>
internal static class FactorRules
{
    private const int PasswordMinimum = 8;
    private const int PasswordMaximum = 256;
    private const int PinMinimum = 6;

    /// <summary>The card protocol carries no longer one.</summary>
    private const int PinMaximum = 64;

    public static void DemandPassword(string password)
    {
        if (password.Length is < PasswordMinimum or > PasswordMaximum)
        {
            throw new ProblemException(
                Problem.InvalidRequest, ProblemCodes.Malformed, $"A password has {PasswordMinimum} to {PasswordMaximum} characters.");
        }
    }

    public static void DemandPin(string pin)
    {
        if (pin.Length is < PinMinimum or > PinMaximum || pin.Any(c => c is < ' ' or > '~'))
        {
            throw new ProblemException(
                Problem.InvalidRequest, ProblemCodes.Malformed, $"A PIN has {PinMinimum} to {PinMaximum} printable ASCII characters.");
        }
    }
}

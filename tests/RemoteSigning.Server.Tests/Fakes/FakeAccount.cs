using RemoteSigning.Contracts;

namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>A signer with password, PIN and one-time password; five wrong tries in a row lock either of the last two.</summary>
internal sealed class FakeAccount(string signer, string email, string password)
{
    private const int MostFailures = 5;

    private int _pinFailures;
    private int _otpFailures;

    public string Signer => signer;

    public string Email => email;

    public string Password => password;

    public void CheckPin(string? pin) =>
        Check(ref _pinFailures, pin == FakeAuthorization.Pin, ProblemCodes.PinLocked, ProblemCodes.PinInvalid);

    public void CheckOtp(string? otp) =>
        Check(ref _otpFailures, otp == FakeAuthorization.Otp, ProblemCodes.OtpLocked, ProblemCodes.OtpInvalid);

    private static void Check(ref int failures, bool isRight, string locked, string invalid)
    {
        FakeRefusal.Unless(failures < MostFailures, Problem.PinLocked, locked);
        failures = isRight ? 0 : failures + 1;
        FakeRefusal.Unless(isRight, Problem.PinIncorrect, invalid);
    }
}

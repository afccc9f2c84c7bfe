using System.Net;
using RemoteSigning.Agent.Core.Csc;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Csc;

namespace RemoteSigning.Agent.Tests;

/// <summary>One row for each error of the server that the agent tells apart.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class CscProblemsTests
{
    [TestCase(400, "invalid_pin", "The PIN is invalid", Problem.PinIncorrect, ProblemCodes.PinInvalid)]
    [TestCase(400, "invalid_otp", "The OTP is invalid", Problem.PinIncorrect, ProblemCodes.OtpInvalid)]
    [TestCase(400, "invalid_request", "PIN locked", Problem.PinLocked, ProblemCodes.PinLocked)]
    [TestCase(400, "invalid_request", "OTP locked", Problem.PinLocked, ProblemCodes.OtpLocked)]
    [TestCase(400, "authentication_error", "An error occurred during authentication process", Problem.NotSignedIn, ProblemCodes.LoginFailed)]
    [TestCase(400, "invalid_request", "Invalid refresh_token", Problem.NotSignedIn, ProblemCodes.TokenInvalid)]
    [TestCase(401, "invalid_token", "The token provided is not a valid OAuth access or refresh token.", Problem.NotSignedIn, ProblemCodes.TokenInvalid)]
    [TestCase(401, "expired_token", "The access or refresh token is expired or has been revoked.", Problem.NotSignedIn, ProblemCodes.TokenExpired)]
    [TestCase(400, "invalid_request", "Invalid parameter credentialID", Problem.UnknownKey, ProblemCodes.CredentialUnknown)]
    [TestCase(400, "invalid_request", "The credential identified by credentialID is disabled", Problem.CredentialUnusable, ProblemCodes.KeyDisabled)]
    [TestCase(400, "invalid_request", "Signing certificate 'O=a,CN=b' is expired.", Problem.CredentialUnusable, ProblemCodes.KeyExpired)]
    [TestCase(400, "invalid_request", "Invalid certificate status", Problem.CredentialUnusable, ProblemCodes.KeyExpired)]
    [TestCase(400, "invalid_request", "Invalid digest value length", Problem.DataLength, ProblemCodes.DigestLength)]
    [TestCase(400, "invalid_request", "Invalid parameter signAlgo", Problem.UnsupportedAlgorithm, ProblemCodes.AlgorithmUnsupported)]
    [TestCase(400, "invalid_request", "Numbers of signatures is too high", Problem.LimitReached, ProblemCodes.CountTooHigh)]
    [TestCase(400, "invalid_request", "Hash is not authorized by the SAD.", Problem.NotAllowed, ProblemCodes.SadInvalid)]
    [TestCase(400, "invalid_request", "SAD expired", Problem.NotAllowed, ProblemCodes.SadInvalid)]
    [TestCase(400, "invalid_request", "Something new", Problem.InvalidRequest, ProblemCodes.Malformed)]
    [TestCase(400, "access_denied", "The user, authorization server or remote service denied the request.", Problem.Declined, ProblemCodes.RoleForbidden)]
    [TestCase(403, "access_denied", null, Problem.NotAllowed, ProblemCodes.RoleForbidden)]
    [TestCase(400, "unauthorized_client", "The client is not authorized to use this method.", Problem.NotAllowed, ProblemCodes.RoleForbidden)]
    [TestCase(429, "invalid_request", "Slow down", Problem.LimitReached, ProblemCodes.CountTooHigh)]
    [TestCase(503, "temporarily_unavailable", null, Problem.Unavailable, ProblemCodes.ServiceUnavailable)]
    [TestCase(502, null, null, Problem.Unavailable, ProblemCodes.ServiceUnavailable)]
    [TestCase(500, "server_error", null, Problem.Internal, ProblemCodes.Internal)]
    [TestCase(404, null, null, Problem.Internal, ProblemCodes.Internal)]
    public void FromAnswer_EachError_HasItsProblem(int status, string? error, string? description, Problem problem, string code)
    {
        ProblemException made = CscProblems.FromAnswer("Signing", (HttpStatusCode)status, error is null ? null : new CscError(error, description));
        Assert.That((made.Problem, made.Code), Is.EqualTo((problem, code)));
        Assert.That(made.Message, Does.StartWith("Signing was refused by the server: ").And.Contain(description?.TrimEnd('.') ?? error ?? $"HTTP {status}"));
    }

    [Test]
    public void FromAnswer_TextThatCouldMoveTheCursor_IsMadeHarmless()
    {
        ProblemException made = CscProblems.FromAnswer("Signing", HttpStatusCode.BadRequest, new CscError("invalid_request", "\u001b[2J\u202Eevil" + new string('x', 500)));
        Assert.That(made.Message, Does.Contain("?[2J?evil").And.Length.LessThan(300));
    }
}

using System.Net;
using System.Security.Authentication;
using System.Text.Json;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Csc;

namespace RemoteSigning.Agent.Core.Csc;

/// <summary>
/// The one place where the server's errors (CSC 1.0.4.0, 10.1 and the table of each method) become problems of the
/// product, and its silence too.
/// </summary>
internal static class CscProblems
{
    public static ProblemException FromAnswer(string step, HttpStatusCode status, CscError? error, TimeSpan? retryAfter = null)
    {
        string description = DisplayText.Clean(error?.ErrorDescription ?? error?.Error ?? $"HTTP {(int)status}", 200);
        (Problem problem, string code) = Classify(status, error?.Error ?? "", error?.ErrorDescription ?? "");
        string advice = problem switch
        {
            Problem.NotSignedIn => " Sign in with: virtual-card login",
            Problem.Unavailable => " Try again later.",
            Problem.PinLocked => " Have it unlocked by whoever runs the server.",
            _ => "",
        };
        return new ProblemException(problem, code, $"{step} was refused by the server: {description.TrimEnd('.')}.{advice}") { RetryAfter = retryAfter };
    }

    public static ProblemException FromFailure(string step, Uri server, Exception cause) => cause switch
    {
        HttpRequestException { InnerException: AuthenticationException } => Unavailable(
            $"{step} failed: the certificate of {server.Authority} is not trusted. Check \"tlsRoot\" in the configuration, and the clock of this computer.", cause),
        OperationCanceledException => Unavailable($"{step} failed: {server.Authority} did not answer in time. Try again later.", cause),
        _ => Unavailable($"{step} failed: {server.Authority} cannot be reached. Check the network and \"server\" in the configuration.", cause),
    };

    public static ProblemException Nonsense(string step, Exception? cause = null) => new(
        Problem.Internal, ProblemCodes.Internal, $"{step} failed: the server's answer makes no sense. Report this to whoever runs the server.", cause);

    /// <summary>The answer was JSON of another shape than the API's, or no JSON at all.</summary>
    public static bool IsMisshapen(ProblemException problem) => problem.InnerException is JsonException;

    private static ProblemException Unavailable(string text, Exception cause) =>
        new(Problem.Unavailable, ProblemCodes.ServiceUnavailable, text, cause);

    private static (Problem Problem, string Code) Classify(HttpStatusCode status, string error, string description) => (status, error) switch
    {
        (HttpStatusCode.TooManyRequests, _) => (Problem.LimitReached, ProblemCodes.CountTooHigh),
        (HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout, _) or (_, "temporarily_unavailable") =>
            (Problem.Unavailable, ProblemCodes.ServiceUnavailable),
        (_, "expired_token") => (Problem.NotSignedIn, ProblemCodes.TokenExpired),
        (HttpStatusCode.Unauthorized, _) or (_, "invalid_token") => (Problem.NotSignedIn, ProblemCodes.TokenInvalid),
        (_, "authentication_error") => (Problem.NotSignedIn, ProblemCodes.LoginFailed),
        (_, "invalid_pin") => (Problem.PinIncorrect, ProblemCodes.PinInvalid),
        (_, "invalid_otp") => (Problem.PinIncorrect, ProblemCodes.OtpInvalid),
        (HttpStatusCode.Forbidden, _) or (_, "unauthorized_client") => (Problem.NotAllowed, ProblemCodes.RoleForbidden),
        (_, "access_denied") => (Problem.Declined, ProblemCodes.RoleForbidden),
        (_, "invalid_request") => ClassifyRequest(description),
        _ => (Problem.Internal, ProblemCodes.Internal),
    };

    private static (Problem Problem, string Code) ClassifyRequest(string description)
    {
        bool Says(string words) => description.Contains(words, StringComparison.OrdinalIgnoreCase);
        return 0 switch
        {
            _ when Says("PIN locked") => (Problem.PinLocked, ProblemCodes.PinLocked),
            _ when Says("OTP locked") => (Problem.PinLocked, ProblemCodes.OtpLocked),
            _ when Says("is disabled") => (Problem.CredentialUnusable, ProblemCodes.KeyDisabled),
            _ when Says("is expired") || Says("certificate status") => (Problem.CredentialUnusable, ProblemCodes.KeyExpired),
            _ when Says("parameter credentialID") => (Problem.UnknownKey, ProblemCodes.CredentialUnknown),
            _ when Says("digest value length") => (Problem.DataLength, ProblemCodes.DigestLength),
            _ when Says("parameter signAlgo") || Says("parameter hashAlgo") => (Problem.UnsupportedAlgorithm, ProblemCodes.AlgorithmUnsupported),
            _ when Says("signatures is too high") => (Problem.LimitReached, ProblemCodes.CountTooHigh),
            _ when Says("SAD") => (Problem.NotAllowed, ProblemCodes.SadInvalid),
            _ when Says("Invalid refresh_token") || Says("parameter: refresh_token") => (Problem.NotSignedIn, ProblemCodes.TokenInvalid),
            _ => (Problem.InvalidRequest, ProblemCodes.Malformed),
        };
    }
}

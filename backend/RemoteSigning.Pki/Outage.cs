using System.Data.Common;
using RemoteSigning.Contracts;
using RemoteSigning.Cryptoki;

namespace RemoteSigning.Pki;

/// <summary>Tells failures of what we depend on from failures of our own.</summary>
internal static class Outage
{
    /// <summary>True when the HSM or the database does not serve at present.</summary>
    public static bool Is(Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is HsmException or DbException { IsTransient: true })
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Answers such failures with 503, which callers may try again.</summary>
    public static async Task AnswerAsync(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (Exception e) when (Is(e))
        {
            throw new ProblemException(
                Problem.Unavailable, ProblemCodes.ServiceUnavailable, "The PKI cannot do this at present. Try again later.", e);
        }
    }
}

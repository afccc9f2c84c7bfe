using RemoteSigning.Contracts.Csc;

namespace RemoteSigning.Server.Csc;

/// <summary>
/// CSC API 0.1.7.9. What differs from 1.0.4.0 here is derived from clients of that version, as its text cannot be had.
/// </summary>
internal sealed class CscFace0 : CscFace1
{
    public override int Version => 0;

    public override string Specs => "0.1.7.9";

    public override IResult AnswerInfo(HttpContext context, CredentialView view)
    {
        CredentialsInfoResponse info = Describe(view);
        return CscAnswer.Json(
            context,
            new CredentialsInfoResponseV0(
                info.Description, info.Key, info.Cert, info.AuthMode, info.Scal, info.Pin, info.Otp, info.Multisign > 1, info.Lang),
            CscJson.Default.CredentialsInfoResponseV0);
    }
}

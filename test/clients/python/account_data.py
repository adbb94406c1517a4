import os

from account import batch, refused, wait_for
from azure.batch.models import AccountListSupportedImagesOptions, CertificateAddParameter


def images_are_listed():
    images = list(
        batch.account.list_supported_images(AccountListSupportedImagesOptions(filter="osType eq 'linux'"))
    )
    assert images and all(image.os_type == "linux" for image in images)
    assert any(image.node_agent_sku_id == "batch.node.ubuntu 22.04" for image in images)


def applications_are_listed():
    (application,) = batch.application.list()
    assert (application.id, application.versions) == ("tool", ["1.0", "2.0"])
    assert batch.application.get("tool").versions == ["1.0", "2.0"]
    refused("ApplicationNotFound", batch.application.get, "nothing")


def certificates_come_and_go():
    thumbprint = os.environ["TEST_CERTIFICATE_THUMBPRINT"]
    certificate = CertificateAddParameter(
        thumbprint=thumbprint,
        thumbprint_algorithm="sha1",
        data=os.environ["TEST_CERTIFICATE"],
        certificate_format="cer",
    )
    batch.certificate.add(certificate)
    refused("CertificateExists", batch.certificate.add, certificate)
    assert [found.thumbprint for found in batch.certificate.list()] == [thumbprint]
    assert batch.certificate.get("sha1", thumbprint).public_data == os.environ["TEST_CERTIFICATE"]
    refused("CertificateStateActive", batch.certificate.cancel_deletion, "sha1", thumbprint)
    batch.certificate.delete("sha1", thumbprint)
    wait_for("the certificate to go", lambda: list(batch.certificate.list()) == [])


def use_is_counted():
    assert batch.pool.get_all_lifetime_statistics().usage_stats is not None
    assert list(batch.pool.list_usage_metrics()) == []


steps = [images_are_listed, applications_are_listed, certificates_come_and_go, use_is_counted]
